"""Finding a film by what somebody remembers of it: words of its titles, its people, in any order, nearly spelt.

First, every word must occur, the last one as a beginning, because people stop typing early. Only when no film has
all words are some of them corrected against the vocabulary, and what was understood is said. Migration 0004 tells
what a word is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, product

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Ln

from accounts.models import User
from movies.models import Movie
from movies.search.spelling import ALTERNATIVES, MAX_WORDS, Meaning, Spelling

MAX_QUERY = 200
MAX_SUGGESTIONS = 10
# A text shorter than this begins too many titles to be taken for one without its spaces.
SHORTEST_TITLE = 3
# What people add or leave out; dropped only when nothing has all words.
SMALL_WORDS = frozenset({"the", "a", "an", "and", "of", "in", "et", "und"})
# Two words that are shorter together are no mistyped one.
SHORTEST_JOINED = 6
LONGEST_WORD = 100  # as it is indexed


@dataclass(frozen=True, slots=True)
class Found:
    """`films` are ranked, and unranked where the text has no words; `corrected` is what was understood instead."""

    films: QuerySet[Movie]
    corrected: str | None = None
    has_words: bool = True


class LexemeQuery(SearchQuery):
    """A tsquery in PostgreSQL's own grammar, taken as it is: the words are cut already."""

    template = "(%(expressions)s)::tsquery"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the query: its parts, more than one where it has inner signs, or a run of signs without spaces."""

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

    def as_typed(self, is_last: bool) -> str:
        if self.is_run:
            return every(self.parts, begun=len(self.text) == 2)
        split = every(self.parts, begun=is_last)
        return f"({split} | {lexeme(self.text.replace('-', ''), begun=is_last)})" if len(self.parts) > 1 else split


@dataclass(frozen=True, slots=True)
class Slot:
    """One word of an attempt: any of its meanings will do. `fixed` is a run, which is never corrected."""

    meanings: tuple[Meaning, ...]
    fixed: Token | None = None


Attempt = tuple[Slot, ...]


def search(films: QuerySet[Movie], text: str, reader: User | AnonymousUser | None = None) -> Found:
    """Those of `films` that match `text`, best first; all of them when it has no words.

    `reader` is whose own films may teach how a word is spelt, besides the catalogue: whoever may see `films`.
    """
    tokens = cut(text)
    if not tokens:
        return Found(films, has_words=False)
    key = key_of(token.text for token in tokens)
    exact = ranked(films, as_typed(tokens), as_typed(tokens, begun=False), [key])
    if exact.exists():
        return Found(exact)
    attempts = list(dict.fromkeys(correct(tokens, reader.pk if reader else None)))
    place = first_that_finds(films, [query_of(attempt) for attempt in attempts])
    if place is None:
        return Found(films.none())
    attempt = attempts[place]
    corrected = ranked(films, query_of(attempt), query_of(attempt, begun=False), keys_of(attempt))
    meant = understood(attempt, corrected)
    typed = " ".join(token.words for token in tokens)
    return Found(corrected, meant if meant != typed else None)


def called(films: QuerySet[Movie], title: str, year: int | None = None) -> QuerySet[Movie]:
    """Those of `films` whose title, or else original title, is `title` but for case, accents and signs.

    The best known first. Not nearly spelt, and with its article.
    """
    folded = Func(Value(title), function="marquee_fold", output_field=TextField(db_collation="C"))
    is_title = Q(sort_title=folded)
    is_called = is_title
    if key := key_of(token.text for token in cut(title)):
        original = Func(F("original_title"), function="marquee_fold", output_field=TextField())
        films = films.alias(original=original)
        is_called |= Q(search_vector=LexemeQuery(lexeme(f"={key}"))) & Q(original=folded)
    films = films.filter(is_called) if year is None else films.filter(is_called, year=year)
    by_title = Case(When(is_title, then=1), default=0, output_field=IntegerField())
    return films.order_by(by_title.desc(), "-popularity", "-id")


def cut(text: str) -> list[Token]:
    """The words of a query, cut as those of the films are."""
    if not text.strip():
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT marquee_tokens(%s)", [text[:MAX_QUERY].replace("\0", " ")])
        return [Token(token) for token in cursor.fetchone()[0]]


def ranked(films: QuerySet[Movie], query: str, whole: str, keys: Sequence[str]) -> QuerySet[Movie]:
    """The films of `query`: titles that are the text (one of its `keys`) first, then titles that begin with it.

    Among these the best known comes first; among the others the weight of what matched decides, and more where the
    last word is complete (`whole`).
    """
    is_title = Q(search_vector=LexemeQuery(" | ".join(lexeme(f"={key}") for key in keys)))
    begins_title = Q(search_vector=LexemeQuery(" | ".join(lexeme(f"={key}", begun=True) for key in keys)))
    is_whole = Q(search_vector=LexemeQuery(whole))
    heading = Case(
        When(is_title, then=3),
        When(begins_title & is_whole, then=2),
        When(begins_title, then=1),
        default=0,
        output_field=IntegerField(),
    )
    # A well-known film wins among equals; the logarithm keeps fame from beating a better match.
    weight = SearchRank(F("search_vector"), LexemeQuery(query), normalization=1) * (1 + Ln(F("popularity") + 1) / 4)
    rank = Case(When(begins_title, then=0.0), When(is_whole, then=2 * weight), default=weight)
    matching = films.filter(search_vector=LexemeQuery(query)).annotate(heading=heading, rank=rank)
    return matching.order_by(F("heading").desc(), F("rank").desc(), "-popularity", "-id")


def as_typed(tokens: Sequence[Token], begun: bool = True) -> str:
    """`begun`: whether the last word may be the beginning of one."""
    *before, last = tokens
    key = key_of(token.text for token in tokens)
    if not before and len(key) == 1 and not last.is_run:
        # One letter begins a great part of all words: here it is a word, or begins a title.
        return f"{lexeme(key)} | {lexeme('=' + key, begun=True)}"
    words = " & ".join([*(token.as_typed(is_last=False) for token in before), last.as_typed(is_last=begun)])
    return f"({words}) | {lexeme('=' + key, begun=begun)}" if len(key) >= SHORTEST_TITLE else words


def correct(tokens: Sequence[Token], owner: int | None) -> Iterator[Attempt]:
    """What may be meant, the likeliest first. A word beyond the first MAX_WORDS is taken as it is."""
    words = [(part, token) for token in tokens for part in ([token.text] if token.is_run else token.parts)]
    spelt = [part for part, token in words if not token.is_run]
    spelling = Spelling(spelt, owner)

    def slot(place: int, cost: float, known: bool) -> Slot:
        word, token = words[place]
        itself = Meaning(0, (word,))
        if token.is_run:
            return Slot((itself,), token)
        if place >= MAX_WORDS or (spelling.is_known(word) and not known):
            return Slot((itself,))
        near = [meaning for meaning in spelling.meanings(word) if not SMALL_WORDS.issuperset(meaning.words)]
        near = [meaning for meaning in near if meaning.cost <= (near[0].cost if cost == 0 else cost)][:ALTERNATIVES]
        # A word that resembles none may be of a film that the vocabulary has not learnt yet.
        return Slot((itself, *near) if spelling.is_known(word) or not near else tuple(near))

    def slots(cost: float = 0, known: bool = False) -> list[Slot]:
        return [slot(place, cost, known) for place in range(len(words))]

    typed, wide, every_word = slots(), slots(cost=9), slots(known=True)
    joins = list(joined(typed, words, spelling))
    candidates = [
        *(attempt for is_exact, attempt in joins if is_exact),
        typed,
        without_small_words(typed),
        *(attempt for is_exact, attempt in joins if not is_exact),
        wide,
        every_word,
        without_small_words(every_word),
    ]
    return (tuple(attempt) for attempt in candidates if attempt)


def joined(
    typed: Sequence[Slot], words: Sequence[tuple[str, Token]], spelling: Spelling
) -> Iterator[tuple[bool, list[Slot]]]:
    """For every two neighbours that may be one word: whether they are, and the attempt."""
    for place, ((first, one), (second, other)) in enumerate(pairwise(words[:MAX_WORDS])):
        if one.is_run or other.is_run:
            continue
        word = first + second
        if spelling.is_known(word):
            yield True, [*typed[:place], Slot((Meaning(0, (word,)),)), *typed[place + 2 :]]
            continue
        near = [meaning for meaning in spelling.meanings(word) if not {first, second}.intersection(meaning.words)]
        if near and len(word) >= SHORTEST_JOINED:
            yield False, [*typed[:place], Slot(tuple(near[:ALTERNATIVES])), *typed[place + 2 :]]


def without_small_words(attempt: Sequence[Slot]) -> list[Slot]:
    return [slot for slot in attempt if not SMALL_WORDS.issuperset(slot.meanings[0].words)]


def first_that_finds(films: QuerySet[Movie], queries: Sequence[str]) -> int | None:
    """The place of the first query that has a film, by one statement."""
    if not queries:
        return None
    bare = films.order_by()
    tries = [
        bare.filter(search_vector=LexemeQuery(query)).values_list(Value(place))[:1]
        for place, query in enumerate(queries)
    ]
    places = tries[0].union(*tries[1:], all=True) if len(tries) > 1 else tries[0]
    return min((place for (place,) in places), default=None)


def understood(attempt: Attempt, films: QuerySet[Movie]) -> str:
    """The attempt in words; of several meanings, those that the best film has."""
    vector = Func(F("search_vector"), function="tsvector_to_array", output_field=ArrayField(TextField()))
    held = set(films.annotate(words=vector).values_list("words", flat=True)[:1].get())
    said = []
    for slot in attempt:
        if slot.fixed:
            said.append(slot.fixed.words)
            continue
        is_last = slot is attempt[-1]
        fitting = (meaning for meaning in slot.meanings if is_in(meaning, held, begun=is_last))
        said.extend(next(fitting, slot.meanings[0]).words)
    return " ".join(said)


def is_in(meaning: Meaning, held: set[str], begun: bool) -> bool:
    *whole, last = meaning.words
    return held.issuperset(whole) and (last in held or (begun and any(word.startswith(last) for word in held)))


def query_of(attempt: Attempt, begun: bool = True) -> str:
    last = len(attempt) - 1
    return " & ".join(
        slot.fixed.as_typed(is_last=False)
        if slot.fixed
        else f"({' | '.join(every(meaning.words, begun=begun and place == last) for meaning in slot.meanings)})"
        for place, slot in enumerate(attempt)
    )


def keys_of(attempt: Attempt) -> list[str]:
    """The titles that the attempt may spell; of very many, the likeliest few."""
    choices = product(*([meaning.words for meaning in slot.meanings] for slot in attempt))
    return [key_of(word for words in chosen for word in words) for chosen in islice(choices, 2 * ALTERNATIVES)]


def key_of(words: Iterable[str]) -> str:
    """A title as `marquee_heading` has it, without its mark."""
    return "".join(words).replace("-", "").replace("=", "")[:MAX_QUERY]


def every(words: Sequence[str], begun: bool) -> str:
    *before, last = words
    joined_words = " & ".join([*(lexeme(word) for word in before), lexeme(last, begun=begun)])
    return f"({joined_words})" if before else joined_words


def lexeme(word: str, begun: bool = False) -> str:
    """Quoted, so that no sign of it is an operator."""
    quoted = word[:MAX_QUERY].replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'" + (":*" if begun else "")
