"""Whether OMDb's answer is the film that was asked for: OMDb answers a title with what it finds most alike."""

import re

from catalog_sync.lookup.query import LookupQuery
from catalog_sync.mapping import OmdbTitle
from movies.search.numerals import read_numeral
from movies.search.tokens import Token, cut_words
from movies.search.writings import CONJUNCTIONS, COUNTED, VERSUS, spell_signs, title_keys

# Where a subtitle or a second name begins: "Dune: Part Two", "Star Wars - A New Hope", "Birdman or (The Virtue)".
# Not at commas and slashes: "Love, Simon" is not "Love", and "Face/Off" not "Face".
SUBTITLE = re.compile(r"\s*[:;()\[\]–—]+\s*|\s+-+\s+|,?\s+or:?\s+(?=[(\w])", re.IGNORECASE)
ARTICLES = frozenset({"the", "a", "an", "le", "les", "la", "un", "une", "der", "das", "el", "los", "las", "il"})
LAST_ARTICLE = re.compile(r",\s+(the|an?)$", re.IGNORECASE)
# With these words, a name goes on as that of another film: "Tango & Cash", "Rocky II", "Alien vs. Predator".
OTHER_FILM = frozenset({*CONJUNCTIONS, *VERSUS, "meets", "returns", "part", "chapter"})
# Words before the number of a sequel. A first film may be an episode of a later number.
SEQUEL = COUNTED - {"episode", "ep"}
NUMBER = re.compile(r"[0-9]+|[ivx]+")


def is_same_film(query: LookupQuery, title: OmdbTitle) -> bool:
    """Return whether a film of OMDb's is the one of this title and year; case, accents, signs and articles aside.

    OMDb may have a longer name of it, with a subtitle before or after; where the year was asked, also one that goes
    on without a sign. Another year is another film, and without a year a second part is.
    """
    years = {title.year, title.released.year if title.released else None}
    if query.year is not None and query.year not in years:
        return False
    asked = _tokens(LAST_ARTICLE.sub("", query.title))
    if not asked:
        return query.title.casefold() == title.title.casefold()
    keys = _keys(asked)
    names = _names(title.title, with_sequels=query.year is not None)
    if any(not keys.isdisjoint(_keys(_tokens(name))) for name in names):
        return True
    return query.year is not None and _goes_on(asked, _tokens(title.title))


def _names(title: str, with_sequels: bool) -> set[str]:
    """Return the title, and what is before and after each beginning of a subtitle.

    What is before the number of a sequel ("Part Two") is left out unless `with_sequels`.
    """
    names = {title}
    for place in SUBTITLE.finditer(title):
        before, after = title[: place.start()], title[place.end() :]
        names |= {after, before} if with_sequels or not _begins_as_sequel(after) else {after}
    return names


def _begins_as_sequel(subtitle: str) -> bool:
    words = [token.text for token in cut_words(subtitle)]
    words = words[1:] if words and words[0] in SEQUEL else words
    numeral = read_numeral(words, roman=True) if words else None
    return numeral is not None and numeral.number > 1


def _goes_on(asked: list[Token], tokens: list[Token]) -> bool:
    """Return whether the title begins with the words asked for, and goes on as a name of the same film would."""
    if tokens[: len(asked)] != asked or len(tokens) == len(asked):
        return False
    following = tokens[len(asked)].text
    return following not in OTHER_FILM and not NUMBER.fullmatch(following)


def _keys(tokens: list[Token]) -> set[str]:
    """Return the title as one word, and other writings of it; nothing for no title."""
    return {key for key in title_keys(tokens, tokens, has_year=True) if not key.startswith("=")} if tokens else set()


def _tokens(text: str) -> list[Token]:
    tokens = cut_words(spell_signs(text))
    return tokens[1:] if len(tokens) > 1 and tokens[0].text in ARTICLES else tokens
