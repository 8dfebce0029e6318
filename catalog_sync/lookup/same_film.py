"""Whether OMDb's answer is the film that was asked for: OMDb answers a title with what it finds most alike."""

import re
from collections.abc import Iterator

from catalog_sync.lookup.query import LookupQuery
from catalog_sync.mapping import OmdbTitle
from movies.search.numerals import read_numeral
from movies.search.tokens import Token, cut_words
from movies.search.writings import CONJUNCTIONS, COUNTED, VERSUS, spell_signs, title_keys

# Where a subtitle or a second name begins: "Dune: Part Two", "Star Wars - A New Hope", "Birdman or (The Virtue)".
# Not at commas and slashes: "Love, Simon" is not "Love", and "Face/Off" not "Face"; nor at "or" alone: "Now or Never".
SECOND_NAME = r",\s+or:?\s+|\s+or(?::\s+|\s+(?=\())|\s*[()\[\]]+\s*"
SUBTITLE = re.compile(rf"(?P<second_name>{SECOND_NAME})|\s*[:;–—]+\s*|\s+-+\s+", re.IGNORECASE)
ARTICLES = frozenset({"the", "a", "an", "le", "les", "la", "un", "une", "der", "das", "el", "los", "las", "il"})
LAST_ARTICLE = re.compile(r",\s+(the|an?)$", re.IGNORECASE)
# With these words, a name goes on as that of another film: "Tango & Cash", "Rocky II", "Alien vs. Predator".
OTHER_FILM = frozenset({*CONJUNCTIONS, *VERSUS, "meets", "returns", "part", "chapter"})
# A first film may be an episode of any number.
EPISODE = frozenset({"episode", "ep"})
# A series hardly has more films. Higher numbers are names: "Apollo 13".
LAST_SEQUEL = 12
# A name of one word is that of too many films to stand for a longer one.
LEAST_WORDS = 2
NUMBER = re.compile(r"[0-9]+|[ivx]+")


def is_same_film(query: LookupQuery, title: OmdbTitle) -> bool:
    """Return whether a film of OMDb's is the one of this title and year; case, accents, signs and articles aside.

    OMDb may have a longer name of it. With the year, that is one with any subtitle, and one that goes on without a
    sign behind at least two words. Without a year many films have such names: see `_names_without_year`.
    """
    years = {title.year, title.released.year if title.released else None}
    if query.year is not None and query.year not in years:
        return False
    asked = _tokens(LAST_ARTICLE.sub("", query.title))
    if not asked:
        return query.title.casefold() == title.title.casefold()
    keys = _keys(asked)
    names = {title.title, *(_names_with_year if query.year else _names_without_year)(title.title)}
    if any(not keys.isdisjoint(_keys(_tokens(name))) for name in names):
        return True
    return query.year is not None and len(asked) >= LEAST_WORDS and _goes_on(asked, _tokens(title.title))


def _names_with_year(title: str) -> Iterator[str]:
    """Yield what is before and after each beginning of a subtitle."""
    for place in SUBTITLE.finditer(title):
        yield title[: place.start()]
        yield title[place.end() :]


def _names_without_year(title: str) -> Iterator[str]:
    """Yield the parts of a title that name this film and no other of a series.

    What is before a subtitle names the series ("Alien: Covenant"), unless a second name or the first part follows, or
    the number of a sequel is before it ("Terminator 2: Judgment Day"). A subtitle is a name from two words on.
    """
    for place in SUBTITLE.finditer(title):
        before, after = title[: place.start()], title[place.end() :]
        part = _part_number(after)
        is_second_name = part is None and place["second_name"]
        if is_second_name or part == 1 or _ends_with_number(before):
            yield before
        if part is None and len(_tokens(after)) >= LEAST_WORDS:
            yield after


def _part_number(subtitle: str) -> int | None:
    """Return the number with which a subtitle begins, such as "Part Two"; 1 for any episode, None for no number."""
    words = [token.text for token in cut_words(subtitle)]
    is_episode = bool(words) and words[0] in EPISODE
    words = words[1:] if words and words[0] in COUNTED else words
    numeral = read_numeral(words, roman=True) if words else None
    if numeral is None:
        return None
    return 1 if is_episode else numeral.number


def _ends_with_number(name: str) -> bool:
    """Return whether a name ends with the number of a sequel, behind at least one other word."""
    words = [token.text for token in cut_words(name)]
    numerals = ((len(words) - start, read_numeral(words[start:], roman=True)) for start in range(1, len(words)))
    return any(found and len(found.words) == length and found.number <= LAST_SEQUEL for length, found in numerals)


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
