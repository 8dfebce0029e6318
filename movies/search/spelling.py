"""Spelling: the words of the vocabulary that differ from a typed word by an error or two."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from rapidfuzz.distance import OSA

from movies.models.vocabulary import BEGINNING

# Only so many words of a query are looked up, to bound the cost of a search.
MAX_WORDS = 12
ALTERNATIVES = 4
# A word that may only be begun costs a little more than a complete one.
UNFINISHED = 0.5
# A missing or a superfluous space counts as one error.
SPLIT = 1.0

# Words within one edit, similar words, and words that the last one may be the beginning of; all by index. Other letters
# than a to z have no trigrams in the collation of the vocabulary: the index would read all of itself to find nothing.
NEARBY = """
WITH asked AS (SELECT word, marquee_deletions(word) AS deletions FROM unnest(%(asked)s::text[]) AS words (word))
SELECT asked.word, near.word, near.films FROM asked CROSS JOIN LATERAL (
    (SELECT word, films FROM movies_searchword
        WHERE deletions && asked.deletions ORDER BY films DESC, word LIMIT 200)
    UNION (SELECT word, films FROM movies_searchword
        WHERE length(asked.word) >= 6 AND octet_length(asked.word) = length(asked.word) AND word %% asked.word
        ORDER BY similarity(word, asked.word) DESC, word LIMIT 20)
    UNION (SELECT word, films FROM movies_searchword
        WHERE asked.word = %(last)s AND length(asked.word) >= %(beginning)s
        AND beginnings && marquee_deletions(left(asked.word, %(beginning)s)) ORDER BY films DESC, word LIMIT 200)
    UNION (SELECT word, films FROM movies_searchword
        WHERE asked.word = %(last)s AND word >= asked.word AND word < asked.word || chr(1114111) LIMIT 1)
) AS near
UNION ALL SELECT word, word, films FROM movies_searchword WHERE word = ANY (%(halves)s)
"""
# The same over the words of the user's private films, of which there are few.
OWN_NEARBY = """
UNION ALL (
    WITH own AS MATERIALIZED (
        SELECT word, marquee_deletions(word) AS deletions, marquee_deletions(left(word, %(beginning)s)) AS beginnings
        FROM (
            SELECT DISTINCT word FROM movies_movie m, unnest(tsvector_to_array(m.search_vector)) AS word
            WHERE m.owner_id = %(owner)s AND marquee_is_spelt(word) LIMIT 2000
        ) AS words
    )
    SELECT asked.word, own.word, 1 FROM asked JOIN own ON own.deletions && asked.deletions
        OR (length(asked.word) >= 6 AND own.word %% asked.word)
        OR (asked.word = %(last)s AND own.beginnings && marquee_deletions(left(asked.word, %(beginning)s)))
        OR (asked.word = %(last)s AND starts_with(own.word, asked.word))
    UNION ALL SELECT word, word, 1 FROM own WHERE word = ANY (%(halves)s)
)
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Words that a typed word may stand for; a `cost` of 0 means the word itself or another writing of it.

    Other writings are complete (`is_whole`): "two" may be a 2, and not the beginning of 2001. Those of a number must
    stand near the word beside it (`is_number`).
    """

    cost: float
    words: tuple[str, ...]
    is_whole: bool = False
    is_number: bool = False


class Spelling:
    """Possible meanings of the words of one query; `last` may be the beginning of a word.

    Two neighbours are looked up as one word too. With `owner`, a user's id, words of their private films count too.
    """

    def __init__(self, words: Iterable[str], owner: int | None) -> None:
        self.words = list(words)[:MAX_WORDS]
        self.last = self.words[-1] if self.words else ""
        joined = [first + second for first, second in zip(self.words, self.words[1:], strict=False)]
        asked = list(dict.fromkeys(self.words + joined))
        halves = sorted({half for word in self.words for pair in _halves(word) for half in pair})
        self._films: dict[str, dict[str, int]] = {}
        for word, near, films in _find_nearby(asked, self.last, halves, owner):
            self._films.setdefault(word, {})[near] = films
        self._meanings: dict[str, list[Meaning]] = {}

    def is_known(self, word: str) -> bool:
        near = self._films.get(word, {})
        return word in near or (word == self.last and any(other.startswith(word) for other in near))

    def meanings(self, word: str) -> list[Meaning]:
        """Return the possible meanings, likeliest first, without the word itself."""
        if word not in self._meanings:
            films = self._films.get(word, {})
            ranked = sorted((self._cost(word, near), -films[near], near) for near in films)
            self._meanings[word] = [Meaning(cost, (near,)) for cost, _, near in ranked if _is_likely(word, near, cost)]
            if split := self._split(word):
                self._meanings[word].append(split)
                self._meanings[word].sort(key=lambda meaning: meaning.cost)
        return self._meanings[word]

    def _cost(self, word: str, near: str) -> float:
        # Letters changed, left out, added, or swapped with their neighbour.
        whole = OSA.distance(word, near)
        if word != self.last or len(word) < BEGINNING or len(near) <= len(word):
            return whole
        begun = min(OSA.distance(word, near[: len(word) + more]) for more in (-1, 0, 1))
        return min(whole, begun + UNFINISHED) if begun else whole

    def _split(self, word: str) -> Meaning | None:
        """Return the two known words that make up this one, those with most films; None if there are none."""
        pairs = [pair for pair in _halves(word) if all(half in self._films.get(half, {}) for half in pair)]
        if not pairs:
            return None
        return Meaning(SPLIT, max(pairs, key=lambda pair: (min(self._films[half][half] for half in pair), pair)))


def _find_nearby(asked: list[str], last: str, halves: list[str], owner: int | None) -> list[tuple[Any, ...]]:
    """Return (word asked, similar word, number of films)."""
    statement = NEARBY + (OWN_NEARBY if owner is not None else "")
    parameters: dict[str, Any] = {
        "asked": asked,
        "last": last,
        "halves": halves,
        "beginning": BEGINNING,
        "owner": owner,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _halves(word: str) -> Iterator[tuple[str, str]]:
    for place in range(2, min(len(word), 40) - 1):
        yield word[:place], word[place:]


def _is_likely(word: str, near: str, cost: float) -> bool:
    """Return whether `word` may mean `near`, which is `cost` errors away.

    Short words and years may have one error. Two are likely only in a long word or where all letters are there, and
    only with the first letter right.
    """
    if cost <= 1 + UNFINISHED:
        return cost > 0 and len(word) > 2
    if cost > 2 + UNFINISHED or word.isdigit() or word[0] != near[0]:
        return False
    return len(word) > 6 or (len(word) == 6 and sorted(word) == sorted(near))
