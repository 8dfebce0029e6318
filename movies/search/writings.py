"""The same title written differently: numerals, "&" and "and", abbreviations, letters as digits, Chinese characters.

A query is divided into units, each with the forms in which titles may have it. Only titles are compared, and a number
must stand near the word beside it, so that "rocky 2" is "Rocky II" and never a film that has a 2 elsewhere.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, product

from movies.search.chinese import other_characters
from movies.search.numerals import HALVES, LONGEST_PHRASE, Phrase, read_numeral
from movies.search.spelling import Meaning
from movies.search.tokens import (
    SHORT,
    TITLE_WEIGHTS,
    Token,
    all_lexemes,
    any_of,
    cut_words,
    lexeme,
    one_behind_other,
    title_key,
)

CONJUNCTIONS = ("and", "und", "et", "y", "e", "och", "og")
# Words that titles abbreviate. "St." is a street as well.
ABBREVIATIONS = {
    "dr": ("doctor", "doktor"), "mr": ("mister",), "mrs": ("missus",), "st": ("saint", "street"),
    "prof": ("professor",), "vol": ("volume",), "pt": ("part",), "ep": ("episode",), "ch": ("chapter",),
    "jr": ("junior",), "sr": ("senior",), "sgt": ("sergeant",), "capt": ("captain",), "lt": ("lieutenant",),
    "mt": ("mount",),
}  # fmt: skip
IN_FULL = {full: (short,) for short, words in ABBREVIATIONS.items() for full in words}
VERSUS = ("vs", "versus", "v")
# Before a number: "The Number 23", "No. 23".
NUMBERS = ("number", "no", "nr", "num", "nummer", "numero")
# Signs between two words that mean "and"; of these the database knows "&" between spaces.
AND_SIGN = re.compile(r"(?<=\w)\s*[&＆﹠+＋]\s*(?=\w)")
# "Episode I" is the first one, "The King and I" is not.
COUNTED = frozenset({"part", "pt", "episode", "ep", "chapter", "ch", "volume", "vol", "teil", "war"})
ARTICLES = ("the", "a", "an", "der", "die", "das", "le", "la", "les", "el", "il")
# Too common to show which number is meant.
COMMON = frozenset({*CONJUNCTIONS, *ARTICLES, "of", "in", "i", "s"})
# Letters written as digits, as in "Se7en" and "M3GAN"; 1 and 7 stand for two letters each.
WITH_DIGITS = re.compile(r"[a-z]+([0-9][a-z]+)+", re.ASCII)
DIGITS_AS_LETTERS = (str.maketrans("01345789", "oieasvbg"), str.maketrans("01345789", "oleastbg"))
# Inner signs that were apostrophes.
APOSTROPHE = re.compile(r"-(?=(?:s|t|d|m|ll|re|ve)\b)")
# Bounds on the cost of a query.
MAX_UNITS, MAX_KEYS = 12, 32


@dataclass(frozen=True, slots=True)
class Unit:
    """A word of a query; `forms` are other writings of it, and those of its `numeral` need a word beside it.

    An empty form says that a title may be without the word: "Romeo + Juliet" is written without "and".
    """

    words: Phrase
    query: str
    whole_query: str
    forms: tuple[Phrase, ...] = ()
    numeral: tuple[Phrase, ...] = ()

    @property
    def typed(self) -> str:
        return APOSTROPHE.sub("'", " ".join(self.words)).replace("-", " ").replace("=", "")

    @property
    def is_anchor(self) -> bool:
        return not self.numeral and COMMON.isdisjoint(self.words)

    def near(self, is_before: bool) -> str:
        """Return the query of the unit as the word beside a number, `is_before` it or behind it."""
        parts = self.words[0].removeprefix("=").split("-")
        words = [parts[-1 if is_before else 0], "".join(parts), *(form[0] for form in self.forms if form)]
        return any_of(lexeme(word, weights=TITLE_WEIGHTS) for word in words)


class Writings:
    """Other writings of a query than the typed one.

    `spelt` are its tokens after `spell_signs`.
    """

    def __init__(self, tokens: Sequence[Token], spelt: Sequence[Token]) -> None:
        self.typed_key = title_key(token.text for token in tokens)
        self.units = list(_cut_units(spelt))

    @cached_property
    def keys(self) -> list[str]:
        """Return the title keys of the other writings, at most MAX_KEYS; first those with all numbers in one way."""
        choices = [[(_joined(unit.words),), *unit.numeral, *unit.forms] for unit in self.units]
        alike = ([forms[min(way, len(forms) - 1)] for forms in choices] for way in range(max(map(len, choices))))
        chosen = islice(chain(alike, product(*choices)), MAX_KEYS)
        keys = dict.fromkeys(title_key(chain.from_iterable(words)) for words in chosen)
        return [key for key in keys if key != self.typed_key]

    @property
    def meanings(self) -> dict[str, list[Meaning]]:
        """Return the other writings of single words that are a word each, for the correction of spelling."""
        return {
            unit.words[0]: [
                *(Meaning(0, form, is_whole=True, is_number=True) for form in unit.numeral if len(form) == 1),
                *(Meaning(0, form, is_whole=True) for form in unit.forms if form),
            ]
            for unit in self.units
            if len(unit.words) == 1 and unit.words[0] not in CONJUNCTIONS and not unit.words[0].startswith("=")
        }

    def query(self, begun: bool = True) -> str:
        """Return the query of films that have another writing, as words or as the whole title; empty without one.

        `begun` if the last word may be the beginning of one.
        """
        titles = [lexeme(f"={key}", weights="A") for key in self.keys]
        typed = [unit.query for unit in self.units]
        if not begun:
            typed[-1] = self.units[-1].whole_query
        words = [any_of([query, *self._other_queries(place)]) for place, query in enumerate(typed)]
        if words != typed:
            titles.insert(0, f"({' & '.join(words)})")
        return " | ".join(titles)

    def other_query(self) -> str:
        """Return the query of films that may have another writing of some word, or of the whole title.

        A short last word is left out where it can be: very many words begin with it.
        """
        queries = [lexeme(f"={key}", weights="A") for key in self.keys]
        others = [self._other_queries(place) for place in range(len(self.units))]
        words = [any_of([unit.query, *other]) for unit, other in zip(self.units, others, strict=True)]
        is_short = len(self.units[-1].words[-1]) <= SHORT
        for place, other in enumerate(others):
            if other:
                behind = words[place + 1 : -1 if is_short else None]
                queries.append(f"({' & '.join([*words[:place], any_of(other), *behind])})")
        return " | ".join(queries)

    def text(self, words: Collection[str]) -> str:
        """Return the query as the film with these indexed `words` writes it."""
        return " ".join(filter(None, (self._written(unit, words) for unit in self.units)))

    def _other_queries(self, place: int) -> list[str]:
        unit = self.units[place]
        queries = [all_lexemes(_lexemes(form), weights=TITLE_WEIGHTS) for form in unit.forms if form]
        if not unit.numeral:
            return queries
        number = any_of(
            "(" + " <-> ".join(lexeme(word, weights=TITLE_WEIGHTS) for word in _lexemes(form)) + ")"
            for form in unit.numeral
        )
        if before := next((other for other in reversed(self.units[:place]) if other.is_anchor), None):
            return [*queries, one_behind_other(before.near(is_before=True), number)]
        if behind := next((other for other in self.units[place + 1 :] if other.is_anchor), None):
            return [*queries, one_behind_other(number, behind.near(is_before=False))]
        return queries

    def _written(self, unit: Unit, words: Collection[str]) -> str:
        typed = _lexemes(unit.words)
        if not unit.forms + unit.numeral or all(word in words for word in typed):
            return unit.typed
        fitting = (form for form in unit.numeral + unit.forms if all(word in words for word in _lexemes(form)))
        return " ".join(next(fitting, unit.words)).replace("=", "").replace("-", "/")


def spell_signs(text: str) -> str:
    """Return a text with signs between words that mean "and" as the database knows them: "a&b", "a + b" as "a & b"."""
    return AND_SIGN.sub(" & ", text)


def cut_spelt(text: str, tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens of a text after `spell_signs`; without a query its `tokens` where that changes nothing."""
    spelt = spell_signs(text)
    return tokens if spelt == text else cut_words(spelt)


def title_keys(tokens: Sequence[Token], spelt: Sequence[Token], has_year: bool) -> list[str]:
    """Return the key of a title, the same with a mark for a title that has digits as letters, and other writings.

    `spelt` are the tokens of the title after `spell_signs`. Without a year, a title that is nothing but a number has no
    other: "Ten" and "10" are two films.
    """
    writings = Writings(tokens, spelt)
    key, is_number = writings.typed_key, not any(unit.is_anchor for unit in writings.units)
    return [key, f"={key}", *([] if is_number and not has_year else writings.keys)]


def key_lexeme(key: str) -> str:
    """Return the query of titles that may have this key, with a mark or without."""
    return lexeme(f"={key.removeprefix('=')}")


def _cut_units(tokens: Sequence[Token]) -> Iterator[Unit]:
    """Yield the units of a query. Units beyond MAX_UNITS have no other forms."""
    cut = [part for token in tokens for part in _split_numbers(token)]
    place = count = 0
    while place < len(cut):
        token, is_last = cut[place], place == len(cut) - 1
        count += 1
        words, numeral = ((), ()) if token.is_run or count > MAX_UNITS else _numeral_at(cut, place)
        if len(words) > 1:
            query = all_lexemes(_lexemes(words))
            yield Unit(words, query, query, (), numeral)
            place += len(words)
            continue
        forms = _other_words(cut, place) if count <= MAX_UNITS else ()
        yield Unit((token.text,), token.query(is_last), token.query(is_last=False), forms, numeral)
        place += 1


def _split_numbers(token: Token) -> list[Token]:
    """Return the parts of a token such as "40-year-old", where one begins a number; else the token itself."""
    is_half = (token.text,) in HALVES
    if token.is_run or "-" not in token.text or is_half or read_numeral([token.text], roman=False):
        return [token]
    parts = token.parts
    has_number = any(read_numeral(parts[place:], roman=False) for place in range(len(parts)) if parts[place])
    return [Token(part) for part in parts] if has_number else [token]


def _numeral_at(tokens: Sequence[Token], place: int) -> tuple[Phrase, tuple[Phrase, ...]]:
    """Return the words of the number that begins at `place`, and its other forms; nothing where none begins.

    No title begins with a Roman numeral: "V for Vendetta", "Vi". An "i" is seldom one: "The King and I". At the end of
    a title an ordinal counts as well, with its article: "Henry the Fifth", "Rocky 2nd".
    """
    words = [token.text for token in tokens[place : place + LONGEST_PHRASE]]
    article = ("the",) if place and words[0] == "the" and len(words) > 1 else ()
    before = tokens[place - 1].text if place else ""
    is_counted = before in COUNTED or (place == len(tokens) - 1 and before not in COMMON)
    numeral = read_numeral(words[len(article) :], roman=bool(place) and (words[0] != "i" or is_counted))
    if numeral is None:
        return (), ()
    written = (*article, *numeral.words)
    forms = numeral.other_forms(roman=bool(place) and (numeral.number > 1 or is_counted))
    is_at_end = bool(place) and place + len(written) == len(tokens)
    if article and not (is_at_end and numeral.is_ordinal):
        return (), ()
    is_first = numeral.is_ordinal and numeral.number == 1 and not article  # "at first" is none of a series
    counted = numeral.counted_forms() if is_at_end and not is_first else []
    return written, (*((*article, *form) for form in forms), *counted)


def _other_words(tokens: Sequence[Token], place: int) -> tuple[Phrase, ...]:
    """Return the other writings of a word that is no number.

    "And" and "versus" stand between two words, "No." before digits: "No One Lives" is another film than "Number One".
    """
    token = tokens[place]
    if token.is_run:
        return tuple(("=" + form,) for form in other_characters(token.text[1:]))
    word = token.text
    words = [*ABBREVIATIONS.get(word, ()), *IN_FULL.get(word, ())]
    following = tokens[place + 1].text if place + 1 < len(tokens) else ""
    is_between = bool(place and following)
    groups = ([CONJUNCTIONS, VERSUS] if is_between else []) + ([NUMBERS] if following.isdecimal() else [])
    for group in groups:
        words += [other for other in group if word in group and other != word]
    if WITH_DIGITS.fullmatch(word) and len(word) >= 4:
        words += [word.translate(letters) for letters in DIGITS_AS_LETTERS]
    without = ((),) if is_between and word in CONJUNCTIONS else ()
    return (*((other,) for other in dict.fromkeys(words)), *without)


def _lexemes(words: Iterable[str]) -> list[str]:
    """Return words as they are indexed: a run in pairs of characters, a word with inner signs in its parts."""
    return [part for word in words for part in Token(word).parts]


def _joined(words: Iterable[str]) -> str:
    return "".join(words)
