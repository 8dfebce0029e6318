"""Import of a library from another service. A file takes four steps, one module each:

    reading     bytes -> text -> numbered lines of named cells, or a JSON document; refuses unusable files
    formats     lines -> rows in our units, one module for each source; pure
    dry_run     rows -> films (matching) and outcomes (decisions), in batches; writes nothing to the library
    applying    writes what the dry run found new, in batches, so that a crash repeats nothing

`starting` receives a file, `jobs` gives each job to one worker at a time, `cleanup` deletes old rows and jobs.
"""
