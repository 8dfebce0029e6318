"""Search for films by words of their titles and people, in any order, with typing errors.

First every word must occur, the last one as a beginning, because suggestions search while the user types; or the title
is written differently ("rocky 2", "Rocky II"). Only when no film is found so are words corrected against the
vocabulary. Where another text than the typed one found films, it is returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchRank
from django.db.models import Case, F, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Ln

from accounts.models import User
from common.limits.slots import take_slot
from common.text import strip_invisible
from movies.models import Movie
from movies.models.limits import FIRST_YEAR, LAST_YEAR
from movies.search.candidates import find_candidates, find_first
from movies.search.corrections import Attempt, attempt_keys, attempt_query, corrections, indexed_attempts
from movies.search.spelling import Meaning
from movies.search.tokens import MAX_QUERY, SHORT, LexemeQuery, Token, cut_words, lexeme, title_key
from movies.search.vocabulary import count_films
from movies.search.writings import Writings, cut_spelt, key_lexeme, title_keys

MAX_SUGGESTIONS = 10
# A shorter text begins too many titles to be searched as a title without its spaces.
SHORTEST_TITLE = 3
TEXTS = ArrayField(TextField())


@dataclass(frozen=True, slots=True)
class Found:
    """`films` are ranked; `corrected` is another writing of the text, or its corrected spelling, that found some.

    `is_wider` if other films match the text as it was typed.
    """

    films: QuerySet[Movie]
    corrected: str | None = None
    is_wider: bool = False


@take_slot("search")
def search(films: QuerySet[Movie], text: str, reader: User | AnonymousUser | None = None) -> Found:
    """Return those of `films` that match `text`, best first.

    A text of signs only finds the films with this title. The spelling is corrected by the catalogue and by the private
    films of `reader`, who may see `films`. Raises Busy while other threads of the process search.
    """
    typed_tokens = cut_words(text)
    if not typed_tokens:
        of_signs = films.filter(sort_title=_fold(text)) if text.strip() else films.none()
        return Found(of_signs.order_by("-popularity", "-id"))
    key = title_key(token.text for token in typed_tokens)
    keys = [key, *_keys_without_year(typed_tokens)]
    tokens = _without_repeats(typed_tokens)
    typed, whole = _query_as_typed(tokens, key), _query_as_typed(tokens, key, begun=False)
    writings = Writings(typed_tokens, cut_spelt(text, typed_tokens))
    own = films.filter(owner_id=reader.pk) if reader and reader.pk else None
    title = _fold(text)
    as_typed = find_candidates(films, own, typed, _titled(keys), _indexed_as_typed(tokens, key), title)
    if found := _find_written_differently(films, own, writings, typed, whole, keys, as_typed, title):
        return found
    if as_typed:
        return Found(_rank(films, as_typed, typed, whole, keys, title=title))
    attempts = list(dict.fromkeys(corrections(tokens, reader.pk if reader else None, writings.meanings)))
    queries = list(zip(map(attempt_query, attempts), indexed_attempts(attempts), strict=True))
    place = find_first(films, queries)
    if place is None:
        return Found(films.none())
    attempt, (query, indexed) = attempts[place], queries[place]
    attempted = attempt_keys(attempt)
    candidates = find_candidates(films, own, query, _titled(attempted), indexed)
    corrected = _rank(films, candidates, query, attempt_query(attempt, begun=False), attempted)
    meant = _text_of(attempt, _words_of_first(corrected))
    typed_text = " ".join(token.words for token in tokens)
    return Found(corrected, meant if meant != typed_text else None)


def films_titled(films: QuerySet[Movie], title: str, year: int | None = None) -> QuerySet[Movie]:
    """Return those of `films` whose title is `title` but for case, accents and signs, or other writings of it.

    First come titles, then original titles, other writings of both, and alternative titles; among equals the most
    popular. Spelling is not corrected, and the article matters.
    """
    is_title = Q(sort_title=_fold(title))
    is_titled, order = is_title, [When(is_title, then=3)]
    if tokens := cut_words(title):
        keys = title_keys(tokens, cut_spelt(title, tokens), has_year=year is not None)
        has_key = Q(search_vector=LexemeQuery(" | ".join(dict.fromkeys(map(key_lexeme, keys)))))
        own = Func("title", "original_title", template="ARRAY[%(expressions)s]::text[]", output_field=TEXTS)
        titles = Func(own, Cast("alternative_titles", TEXTS), template="%(expressions)s", arg_joiner=" || ")
        films = films.alias(
            own_keys=Func(own, function="marquee_keys", output_field=TEXTS),
            all_keys=Func(titles, function="marquee_keys", output_field=TEXTS),
        )
        is_titled |= has_key & Q(all_keys__overlap=keys)
        order += [When(own_keys__contains=keys[:1], then=2), When(own_keys__overlap=keys, then=1)]
    films = films.filter(is_titled) if year is None else films.filter(is_titled, year=year)
    return films.order_by(Case(*order, default=0, output_field=IntegerField()).desc(), "-popularity", "-id")


def _find_written_differently(
    films: QuerySet[Movie],
    own: QuerySet[Movie] | None,
    writings: Writings,
    typed: str,
    whole: str,
    keys: Sequence[str],
    as_typed: Sequence[int],
    title: Func,
) -> Found | None:
    """Return the films of every writing, where others than the typed one find more; else None."""
    other = writings.query()
    if not other:
        return None
    whole_other = f"{whole} | {writings.query(begun=False)}"
    # A film that only has the beginning of a word, as years begin with the 2 of "rocky 2", is not found yet.
    new = f"({other}) & !({typed}) | ({whole_other}) & !({whole})"
    more = find_candidates(films, own, new, _titled(keys, writings.keys), writings.other_query())
    if not more:
        return None
    best = _rank(films, more, new, whole_other, keys, writings.keys)
    candidates = list(dict.fromkeys([*as_typed, *more]))
    every = _rank(films, candidates, f"{typed} | {other}", whole_other, keys, writings.keys, title)
    return Found(every, writings.text(_words_of_first(best)), is_wider=bool(as_typed))


def _rank(
    films: QuerySet[Movie],
    candidates: Sequence[int],
    query: str,
    whole: str,
    keys: Sequence[str],
    other_keys: Sequence[str] = (),
    title: Func | None = None,
) -> QuerySet[Movie]:
    """Return the candidates, which match `query`: first those of the folded `title`, then titles that are the text but
    for signs and articles (one of its `keys`), then titles that begin with it.

    A film's own title comes before its alternative titles and before other writings of it (`other_keys`). Among these
    the most popular comes first. The others are ordered by the weight of what matched, doubled where the last word is
    complete (`whole`).
    """
    own_title = Q(search_vector=LexemeQuery(" | ".join(lexeme(f"={key}", weights="A") for key in keys)))
    is_title = Q(search_vector=LexemeQuery(_titled(keys, other_keys)))
    begins_title = Q(
        search_vector=LexemeQuery(" | ".join(lexeme(f"={key}", begun=True) for key in (*keys, *other_keys)))
    )
    is_whole = Q(search_vector=LexemeQuery(whole))
    heading = Case(
        *([] if title is None else [When(sort_title=title, then=5)]),
        When(own_title, then=4),
        When(is_title, then=3),
        When(begins_title & is_whole, then=2),
        *([When(is_whole, then=1)] if other_keys else []),
        When(begins_title, then=1),
        default=0,
        output_field=IntegerField(),
    )
    # Popularity decides among equals; the logarithm keeps it from beating a better match.
    weight = SearchRank(F("search_vector"), LexemeQuery(query), normalization=1) * (1 + Ln(F("popularity") + 1) / 4)
    rank = Case(When(begins_title, then=0.0), When(is_whole, then=2 * weight), default=weight)
    return (
        films.filter(pk__in=candidates)
        .annotate(heading=heading, rank=rank)
        .order_by(F("heading").desc(), F("rank").desc(), "-popularity", "-id")
    )


def _titled(keys: Sequence[str], other_keys: Sequence[str] = ()) -> str:
    """Return the query of films with one of these titles."""
    return " | ".join([*(lexeme(f"={key}") for key in keys), *(lexeme(f"={key}", weights="A") for key in other_keys)])


def _fold(text: str) -> Func:
    value = Value(strip_invisible(text)[:MAX_QUERY].replace("\0", " "))
    return Func(value, function="marquee_fold", output_field=TextField(db_collation="C"))


def _keys_without_year(tokens: Sequence[Token]) -> list[str]:
    """Return the key of the title in front of a year ("total recall 2012"), which the film must have as well."""
    *title, last = (token.text for token in tokens)
    is_year = last.isdecimal() and len(last) == 4 and FIRST_YEAR <= int(last) <= LAST_YEAR
    return [title_key(title)] if title and is_year else []


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


def _indexed_as_typed(tokens: Sequence[Token], key: str) -> str:
    """Return what the index is asked for the words as typed: without a last one that begins more words than films have
    another one.
    """
    *before, last = tokens
    if not before or last.is_run or len(last.parts[-1]) > SHORT:
        return ""
    words = [part for token in before for part in token.parts]
    films, begun = count_films(words, last.parts[-1])
    if min(films.get(word, 0) for word in words) > begun:
        return ""
    others = " & ".join(token.query(is_last=False) for token in before)
    return f"({others}) | {lexeme('=' + key, begun=True)}" if len(key) >= SHORTEST_TITLE else others


def _words_of_first(films: QuerySet[Movie]) -> set[str]:
    """Return the indexed words of the first film; empty without films."""
    vector = Func(F("search_vector"), function="tsvector_to_array", output_field=TEXTS)
    words = films.annotate(words=vector).values_list("words", flat=True).first()
    return set(words or ())


def _text_of(attempt: Attempt, vector_words: set[str]) -> str:
    """Return the attempt in words; of several meanings, those that the best film has (`vector_words`)."""
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
    begun = begun and not meaning.is_whole
    return words.issuperset(whole) and (last in words or (begun and any(word.startswith(last) for word in words)))
