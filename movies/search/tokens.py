"""Words of a query, and text-search queries of PostgreSQL made of them.

What a word is, sql/0004_search_functions.sql and its successors define.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import BooleanField, F, Func, Q

from common.text import strip_invisible

MAX_QUERY = 200
LONGEST_WORD = 100  # as it is indexed
SHORT = 3  # so few letters begin very many words
TITLE_WEIGHTS = "AB"  # of titles and alternative titles in the search vector
# Words of a title between a number and the word beside it: "godfather 2" is "The Godfather: Part II".
DISTANCES = range(1, 6)


class LexemeQuery(SearchQuery):
    """A query in PostgreSQL's own grammar, used as it is: the words are cut already."""

    template = "(%(expressions)s)::tsquery"


def matching(query: str, indexed: str = "") -> Q:
    """Match films of `query`; with `indexed`, the index is asked for that, which finds them all, and others too.

    An index first collects all films that a word may begin in: where there are many, films of the other words are
    looked at instead.
    """
    if not indexed or indexed == query:
        return Q(search_vector=LexemeQuery(query))
    # The function of the operator @@, which no index serves.
    is_match = Func(F("search_vector"), LexemeQuery(query), function="ts_match_vq", output_field=BooleanField())
    return Q(is_match, search_vector=LexemeQuery(indexed))


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the query, with several parts where it has inner signs; or a run of a script without spaces."""

    text: str

    @property
    def is_run(self) -> bool:
        return self.text.startswith("=")

    @property
    def parts(self) -> list[str]:
        if not self.is_run:
            return [part[:LONGEST_WORD] for part in self.text.split("-")]
        run = self.text[1:]
        return [run[place : place + 2] for place in range(max(1, len(run) - 1))]

    @property
    def words(self) -> str:
        return self.text.removeprefix("=").replace("-", " ")

    def query(self, is_last: bool) -> str:
        if self.is_run:
            return all_lexemes(self.parts, begun=len(self.text) == 2)
        split = all_lexemes(self.parts, begun=is_last)
        return f"({split} | {lexeme(self.text.replace('-', ''), begun=is_last)})" if len(self.parts) > 1 else split


def cut_words(text: str) -> list[Token]:
    """Cut a query into words as the texts of films are cut, which have no invisible signs."""
    text = strip_invisible(text)
    if not text.strip():
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT marquee_tokens(%s)", [text[:MAX_QUERY].replace("\0", " ")])
        return [Token(token) for token in cursor.fetchone()[0]]


def cut_titles(titles: Sequence[str]) -> dict[str, list[Token]]:
    """Cut titles into words as the texts of films are cut, in one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT title, marquee_tokens(title) FROM unnest(%s::text[]) AS film (title)", [list(titles)])
        return {title: [Token(token) for token in tokens] for title, tokens in cursor.fetchall()}


def title_key(words: Iterable[str]) -> str:
    """Return a title as `marquee_heading` returns it, without its mark."""
    return "".join(words).replace("-", "").replace("=", "")[:MAX_QUERY]


def all_lexemes(words: Sequence[str], begun: bool = False, weights: str = "") -> str:
    """Return a query for texts with all these words; `begun` if the last one may be the beginning of a word."""
    *before, last = words
    lexemes = [*(lexeme(word, weights=weights) for word in before), lexeme(last, begun, weights)]
    joined_words = " & ".join(lexemes)
    return f"({joined_words})" if before else joined_words


def any_of(queries: Iterable[str]) -> str:
    different = list(dict.fromkeys(queries))
    return f"({' | '.join(different)})" if len(different) > 1 else different[0]


def one_behind_other(first: str, second: str) -> str:
    """Return a query for texts with `second` near behind `first`."""
    return any_of(f"({first} <{distance}> {second})" for distance in DISTANCES)


def lexeme(word: str, begun: bool = False, weights: str = "") -> str:
    """Return a query for the word, quoted so that no character is an operator; `begun` if it may be a beginning.

    `weights` are those that it may have, such as "A" for titles; without them any.
    """
    quoted = word[:MAX_QUERY].replace("\\", "\\\\").replace("'", "''")
    suffix = ("*" if begun else "") + weights
    return f"'{quoted}'" + (f":{suffix}" if suffix else "")
