"""The vocabulary of the catalogue, which the search corrects spelling against; see SearchWord.

It never contains words of private films: triggers and functions read those of the catalogue only.
"""

from collections.abc import Collection

import structlog
from django.db import connection, transaction

log = structlog.get_logger(__name__)

# Of an advisory lock: one transaction at a time adds the notes up, and another one that comes meanwhile leaves its own
# to the next, rather than wait.
KEY = 0x5EA4C4
ADD_UP = """
WITH notes AS (
    DELETE FROM movies_searchwordchange WHERE (SELECT pg_try_advisory_xact_lock(%(key)s)) RETURNING word, films
), changes AS (
    SELECT word, sum(films) AS films FROM notes WHERE marquee_is_spelt(word) GROUP BY word HAVING sum(films) <> 0
), lost AS (
    DELETE FROM movies_searchword stored USING changes WHERE stored.word = changes.word
    AND stored.films + changes.films <= 0
), changed AS (
    UPDATE movies_searchword stored SET films = stored.films + changes.films FROM changes
    WHERE stored.word = changes.word AND stored.films + changes.films > 0
)
INSERT INTO movies_searchword (word, films) SELECT word, films FROM changes
WHERE films > 0 AND NOT EXISTS (SELECT FROM movies_searchword stored WHERE stored.word = changes.word)
"""
# In one statement, which sees the films and the notes of the same moment. OFFSET keeps PostgreSQL from asking of every
# film's words, rather than once of each, whether they are spelt.
RECOUNT = """
WITH notes AS (
    DELETE FROM movies_searchwordchange
), counted AS MATERIALIZED (
    SELECT word, films FROM (
        SELECT word COLLATE "C" AS word, count(*) AS films
        FROM movies_movie, unnest(tsvector_to_array(search_vector)) AS word
        WHERE owner_id IS NULL AND NOT withdrawn AND left(word, 1) <> '='
        GROUP BY word OFFSET 0
    ) AS every WHERE marquee_is_spelt(word)
), written AS (
    INSERT INTO movies_searchword AS stored (word, films)
    SELECT word, films FROM counted
    WHERE NOT EXISTS (SELECT FROM movies_searchword same WHERE (same.word, same.films) = (counted.word, counted.films))
    ON CONFLICT (word) DO UPDATE SET films = excluded.films
    RETURNING 1
), removed AS (
    DELETE FROM movies_searchword stored WHERE NOT EXISTS (SELECT FROM counted WHERE counted.word = stored.word)
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM removed)
"""
FREQUENCIES = """
SELECT word, films FROM movies_searchword WHERE word = ANY (%(words)s)
UNION ALL SELECT NULL, coalesce(sum(films), 0) FROM (
    SELECT films FROM movies_searchword WHERE word >= %(beginning)s AND word < %(beginning)s || chr(1114111) LIMIT 2000
) AS begun
"""


def count_films(words: Collection[str], beginning: str) -> tuple[dict[str, int], int]:
    """Return how many films have each of these words, and how many times films have words that begin so."""
    with connection.cursor() as cursor:
        cursor.execute(FREQUENCIES, {"words": list(words), "beginning": beginning})
        films = dict(cursor.fetchall())
    return films, int(films.pop(None))


def learn_words() -> None:
    """Add the words of films that were written since the last time; for `transaction.on_commit`."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_UP, {"key": KEY})


@transaction.atomic
def rebuild_vocabulary() -> None:
    """Count the films of every word anew; readers see the old words until the commit.

    Nothing depends on it: it mends what a lost note or a restore from a dump without the table left behind.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [KEY])
        cursor.execute(RECOUNT)
        written, removed = cursor.fetchone()
    log.info("vocabulary_rebuilt", written=written, removed=removed)
