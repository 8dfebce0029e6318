"""The vocabulary of the catalogue, which the search corrects spelling against; see SearchWord.

It never contains words of private films: both functions read catalogue films only.
"""

from collections.abc import Iterable

import structlog
from django.db import connection, transaction

log = structlog.get_logger(__name__)

# Sorted, so that two transactions which add the same words cannot deadlock.
LEARN = """
INSERT INTO movies_searchword (word, films)
SELECT DISTINCT word, 1
FROM movies_movie m, unnest(tsvector_to_array(m.search_vector)) AS word
WHERE m.id = ANY (%s) AND m.owner_id IS NULL AND NOT m.withdrawn AND marquee_is_spelt(word)
ORDER BY word
ON CONFLICT (word) DO NOTHING
"""

COUNTED = """
WITH counted AS MATERIALIZED (
    SELECT word COLLATE "C" AS word, ndoc AS films
    FROM ts_stat('SELECT search_vector FROM movies_movie WHERE owner_id IS NULL AND NOT withdrawn')
    WHERE marquee_is_spelt(word)
)
"""
WRITE = f"""{COUNTED}
INSERT INTO movies_searchword AS stored (word, films)
SELECT word, films FROM counted ORDER BY word
ON CONFLICT (word) DO UPDATE SET films = excluded.films WHERE stored.films <> excluded.films
"""  # noqa: S608 (a constant)
# Counts again: a word added since the first statement is of a film that only this one sees.
REMOVE = f"""{COUNTED}
DELETE FROM movies_searchword stored WHERE NOT EXISTS (SELECT FROM counted WHERE counted.word = stored.word)
"""  # noqa: S608


def learn_words(movie_pks: Iterable[int]) -> None:
    """Add the words of those of these films that are in the catalogue; for `transaction.on_commit`.

    A new word counts as one film until the nightly count.
    """
    pks = list(movie_pks)
    if not pks:
        return
    with connection.cursor() as cursor:
        cursor.execute(LEARN, [pks])


@transaction.atomic
def rebuild_vocabulary() -> None:
    """Count the films of every word, and delete words without films; readers see the old words until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE)
        written = cursor.rowcount
        cursor.execute(REMOVE)
        removed = cursor.rowcount
    log.info("vocabulary_rebuilt", written=written, removed=removed)
