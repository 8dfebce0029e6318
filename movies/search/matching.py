"""Search for films by words of their titles and people, in any order, with typing errors.

First every word must occur, the last one as a beginning, because suggestions search while the user types. Only when
no film has all words are some of them corrected against the vocabulary, and the corrected text is returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchRank
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Ln

from accounts.models import User
from common.limits.slots import take_slot
from movies.models import Movie
from movies.search.corrections import Attempt, attempt_keys, attempt_query, corrections
from movies.search.spelling import Meaning
from movies.search.tokens import LexemeQuery, Token, cut_words, lexeme, title_key

MAX_SUGGESTIONS = 10
# A shorter text begins too many titles to be searched as a title without its spaces.
SHORTEST_TITLE = 3


@dataclass(frozen=True, slots=True)
class Found:
    """`films` are ranked, or unranked where the text has no words; `corrected` is the corrected text, if it was."""

    films: QuerySet[Movie]
    corrected: str | None = None
    has_words: bool = True


@take_slot("search")
def search(films: QuerySet[Movie], text: str, reader: User | AnonymousUser | None = None) -> Found:
    """Return those of `films` that match `text`, best first; all of them when it has no words.

    The spelling is corrected by the catalogue and by the private films of `reader`, who may see `films`. Raises Busy
    while other threads of the process search.
    """
    typed_tokens = cut_words(text)
    if not typed_tokens:
        return Found(films, has_words=False)
    key = title_key(token.text for token in typed_tokens)
    tokens = _without_repeats(typed_tokens)
    exact = _rank(films, _query_as_typed(tokens, key), _query_as_typed(tokens, key, begun=False), [key])
    if exact.exists():
        return Found(exact)
    attempts = list(dict.fromkeys(corrections(tokens, reader.pk if reader else None)))
    place = _first_with_films(films, [attempt_query(attempt) for attempt in attempts])
    if place is None:
        return Found(films.none())
    attempt = attempts[place]
    corrected = _rank(films, attempt_query(attempt), attempt_query(attempt, begun=False), attempt_keys(attempt))
    meant = _text_of(attempt, corrected)
    typed = " ".join(token.words for token in tokens)
    return Found(corrected, meant if meant != typed else None)


def films_titled(films: QuerySet[Movie], title: str, year: int | None = None) -> QuerySet[Movie]:
    """Return those of `films` whose title, or else original title, is `title` but for case, accents and signs.

    The most popular first. Spelling is not corrected, and the article matters.
    """
    folded = Func(Value(title), function="marquee_fold", output_field=TextField(db_collation="C"))
    is_title = Q(sort_title=folded)
    is_titled = is_title
    if key := title_key(token.text for token in cut_words(title)):
        original = Func(F("original_title"), function="marquee_fold", output_field=TextField())
        films = films.alias(original=original)
        is_titled |= Q(search_vector=LexemeQuery(lexeme(f"={key}"))) & Q(original=folded)
    films = films.filter(is_titled) if year is None else films.filter(is_titled, year=year)
    by_title = Case(When(is_title, then=1), default=0, output_field=IntegerField())
    return films.order_by(by_title.desc(), "-popularity", "-id")


def _rank(films: QuerySet[Movie], query: str, whole: str, keys: Sequence[str]) -> QuerySet[Movie]:
    """Return the films of `query`: first titles that are the text (one of its `keys`), then titles that begin with it.

    Among these the most popular comes first. The others are ordered by the weight of what matched, doubled where the
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
    # Popularity decides among equals; the logarithm keeps it from beating a better match.
    weight = SearchRank(F("search_vector"), LexemeQuery(query), normalization=1) * (1 + Ln(F("popularity") + 1) / 4)
    rank = Case(When(begins_title, then=0.0), When(is_whole, then=2 * weight), default=weight)
    matching = films.filter(search_vector=LexemeQuery(query)).annotate(heading=heading, rank=rank)
    return matching.order_by(F("heading").desc(), F("rank").desc(), "-popularity", "-id")


def _without_repeats(tokens: Sequence[Token]) -> list[Token]:
    """Return each word once, the last one at its end: a film that has a word has it however often it is typed."""
    *before, last = tokens
    return [token for token in dict.fromkeys(before) if token != last] + [last]


def _query_as_typed(tokens: Sequence[Token], key: str, begun: bool = True) -> str:
    """Return the query of the words, or of the title `key`; `begun` if the last word may be the beginning of one."""
    *before, last = tokens
    if not before and len(last.text) == 1 and not last.is_run:
        # Too many words begin with one letter: it must be a word, or begin a title.
        return f"{lexeme(last.text)} | {lexeme('=' + key, begun=True)}"
    words = " & ".join([*(token.query(is_last=False) for token in before), last.query(is_last=begun)])
    return f"({words}) | {lexeme('=' + key, begun=begun)}" if len(key) >= SHORTEST_TITLE else words


def _first_with_films(films: QuerySet[Movie], queries: Sequence[str]) -> int | None:
    """Return the index of the first query that has a film, in one statement."""
    if not queries:
        return None
    bare = films.order_by()
    tries = [
        bare.filter(search_vector=LexemeQuery(query)).values_list(Value(place))[:1]
        for place, query in enumerate(queries)
    ]
    places = tries[0].union(*tries[1:], all=True) if len(tries) > 1 else tries[0]
    return min((place for (place,) in places), default=None)


def _text_of(attempt: Attempt, films: QuerySet[Movie]) -> str:
    """Return the attempt in words; of several meanings, those that the best film has."""
    vector = Func(F("search_vector"), function="tsvector_to_array", output_field=ArrayField(TextField()))
    vector_words = set(films.annotate(words=vector).values_list("words", flat=True)[:1].get())
    words = []
    for slot in attempt:
        if slot.fixed:
            words.append(slot.fixed.words)
            continue
        is_last = slot is attempt[-1]
        fitting = (meaning for meaning in slot.meanings if _contains(meaning, vector_words, begun=is_last))
        words.extend(next(fitting, slot.meanings[0]).words)
    return " ".join(words)


def _contains(meaning: Meaning, words: set[str], begun: bool) -> bool:
    *whole, last = meaning.words
    return words.issuperset(whole) and (last in words or (begun and any(word.startswith(last) for word in words)))
