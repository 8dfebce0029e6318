"""The words of the catalogue, which the search corrects spelling against; see SearchWord.

A private film's words never come here: both functions read catalogue films only.
"""

from collections.abc import Iterable

import structlog
from django.db import connection, transaction

log = structlog.get_logger(__name__)

# Sorted, so that two writers who learn the same words never wait for one another in a circle.
LEARN = """
INSERT INTO movies_searchword (word, films)
SELECT DISTINCT word, 1
FROM movies_movie m, unnest(tsvector_to_array(m.search_vector)) AS word
WHERE m.id = ANY (%s) AND m.owner_id IS NULL AND marquee_is_spelt(word)
ORDER BY word
ON CONFLICT (word) DO NOTHING
"""

COUNTED = """
WITH counted AS MATERIALIZED (
    SELECT word COLLATE "C" AS word, ndoc AS films
    FROM ts_stat('SELECT search_vector FROM movies_movie WHERE owner_id IS NULL')
    WHERE marquee_is_spelt(word)
)
"""
WRITE = f"""{COUNTED}
INSERT INTO movies_searchword AS held (word, films)
SELECT word, films FROM counted ORDER BY word
ON CONFLICT (word) DO UPDATE SET films = excluded.films WHERE held.films <> excluded.films
"""  # noqa: S608 (a constant)
# Counts anew: a word learnt since the first statement belongs to a film that this one sees.
REMOVE = f"""{COUNTED}
DELETE FROM movies_searchword held WHERE NOT EXISTS (SELECT FROM counted WHERE counted.word = held.word)
"""  # noqa: S608


def learn(movie_pks: Iterable[int]) -> None:
    """Add the words of these films, those of them that the catalogue has; for `transaction.on_commit`.

    A new word counts as one film's until the night counts exactly.
    """
    pks = list(movie_pks)
    if not pks:
        return
    with connection.cursor() as cursor:
        cursor.execute(LEARN, [pks])


@transaction.atomic
def rebuild() -> None:
    """Count every word exactly, and forget those that no film has any more; readers see the old words meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE)
        written = cursor.rowcount
        cursor.execute(REMOVE)
        removed = cursor.rowcount
    log.info("vocabulary_rebuilt", written=written, removed=removed)
