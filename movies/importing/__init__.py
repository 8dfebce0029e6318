"""Bringing in a library from elsewhere, in four steps, each of which can be read alone:

    reading     bytes -> text -> numbered lines of named cells, or a JSON document; refuses what is no such file
    formats     lines -> rows in our units, one module for each source; pure
    checking    rows -> films (matching) and outcomes (deciding), in batches; writes nothing to the library
    applying    what was found to be new is written, in batches that a crash cannot repeat

`starting` is where a file comes in, `working` says who works on a job, `cleanup` what is deleted when.
"""
