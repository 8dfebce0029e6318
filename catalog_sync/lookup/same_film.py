"""Whether OMDb's answer is the film that was asked for: OMDb answers a title with what it finds most alike."""

import re

from catalog_sync.lookup.query import LookupQuery
from catalog_sync.mapping import OmdbTitle
from movies.search.tokens import Token, cut_words
from movies.search.writings import title_keys

# Where a subtitle or a second name begins: "Dune: Part Two", "Star Wars - A New Hope", "Birdman or (The Virtue)".
SUBTITLE = re.compile(r"\s*[:;()\[\]/–—]+\s*|\s+-+\s+|,?\s+or:?\s+(?=[(\w])|,\s+", re.IGNORECASE)
ARTICLES = frozenset({"the", "a", "an", "le", "les", "la", "un", "une", "der", "das", "el", "los", "las", "il"})
LAST_ARTICLE = re.compile(r",\s+(the|an?)$", re.IGNORECASE)
# With these words, a name goes on as that of another film: "Tango & Cash", "Rocky II", "Alien vs. Predator".
OTHER_FILM = frozenset({"and", "vs", "versus", "meets", "returns", "part", "chapter"})
NUMBER = re.compile(r"[0-9]+|[ivx]+")


def is_same_film(query: LookupQuery, title: OmdbTitle) -> bool:
    """Return whether a film of OMDb's is the one of this title and year; case, accents, signs and articles aside.

    OMDb may have a longer name of it, with a subtitle before or after; where the year was asked, also one that goes
    on without a sign. Another year is another film.
    """
    years = {title.year, title.released.year if title.released else None}
    if query.year is not None and query.year not in years:
        return False
    asked = _tokens(LAST_ARTICLE.sub("", query.title))
    if not asked:
        return query.title.casefold() == title.title.casefold()
    keys = _keys(asked)
    if any(not keys.isdisjoint(_keys(_tokens(name))) for name in _names(title.title)):
        return True
    return query.year is not None and _goes_on(asked, _tokens(title.title))


def _names(title: str) -> set[str]:
    """Return the title, and what is before and after each beginning of a subtitle."""
    breaks = list(SUBTITLE.finditer(title))
    return {title} | {title[: place.start()] for place in breaks} | {title[place.end() :] for place in breaks}


def _goes_on(asked: list[Token], tokens: list[Token]) -> bool:
    """Return whether the title begins with the words asked for, and goes on as a name of the same film would."""
    if tokens[: len(asked)] != asked or len(tokens) == len(asked):
        return False
    following = tokens[len(asked)].text
    return following not in OTHER_FILM and not NUMBER.fullmatch(following)


def _keys(tokens: list[Token]) -> set[str]:
    """Return the title as one word, and other writings of it; nothing for no title."""
    return {key for key in title_keys(tokens, has_year=True) if not key.startswith("=")} if tokens else set()


def _tokens(text: str) -> list[Token]:
    tokens = cut_words(text)
    return tokens[1:] if len(tokens) > 1 and tokens[0].text in ARTICLES else tokens
