"""Numbers as titles write them: in digits, as Roman numerals and in words ("2", "II", "two"; "13th"; "8½").

The words are our own: num2words needs a package that has no wheel, and inflect loads for half a second.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

LONGEST_PHRASE = 6  # words of a number, such as "nine hundred and ninety nine"
ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
            "twelve": "twelfth"}  # fmt: skip
# Other languages from 2 on, without accents: one is an article there. Numbers that are also other words or names, such
# as German "elf", Italian "due" and Spanish "once", are left out ("-").
SMALL_NUMBERS = {
    "de": "zwei drei vier funf sechs sieben acht neun zehn - zwolf",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez - doce",
    "it": "- tre quattro cinque - sette - nove dieci undici dodici",
    "pt": "dois tres quatro cinco seis sete oito nove dez onze doze",
}
# Up to here titles count in Roman numerals. All are made of i, v and x, which few other words are.
LAST_ROMAN = 39
ROMAN_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
ROMAN = {number: "x" * (number // 10) + ROMAN_ONES[number % 10] for number in range(1, LAST_ROMAN + 1)}
FROM_ROMAN = {roman: number for number, roman in ROMAN.items()}
DIGITS = re.compile(r"[1-9][0-9]{0,5}|0|[1-9][0-9]{0,2}(-[0-9]{3})+", re.ASCII)
ORDINAL = re.compile(r"([1-9][0-9]?)(st|nd|rd|th)", re.ASCII)

Phrase = tuple[str, ...]

# What stands behind the whole number in "8½", which is cut as "8 1/2", and in "eight and a half".
HALVES: tuple[Phrase, ...] = (("1-2",), ("and", "a", "half"))


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it is written in `words`; an ordinal, such as "13th", is another number than 13."""

    words: Phrase
    number: int
    is_ordinal: bool = False
    language: str = ""  # empty for digits and Roman numerals
    has_half: bool = False

    def other_forms(self, roman: bool) -> list[Phrase]:
        """Return how the number is written otherwise, also in Roman numerals if `roman`.

        Words are not translated: those of one language are also digits, and digits are words of each language.
        """
        forms: list[Phrase] = [(_ordinal(self.number) if self.is_ordinal else str(self.number),)]
        for other in _by_number().get((self.number, self.is_ordinal), ()):
            if self.language in {"", other.language}:
                forms.append(other.words)
        if self.has_half:
            forms = [form + half for form in forms[:2] for half in HALVES]
        elif roman and not self.is_ordinal and self.number in ROMAN:
            forms.append((ROMAN[self.number],))
        written = {"".join(self.words), "".join(self.words).replace("-", "")}
        return [form for form in dict.fromkeys(forms) if "".join(form) not in written]

    def counted_forms(self) -> list[Phrase]:
        """Return how kings and sequels are counted otherwise: "the Fifth" as "V", "V" as "the Fifth", "2nd" as "2"."""
        if self.number not in ROMAN or self.has_half:
            return []
        if self.is_ordinal:
            return [(ROMAN[self.number],), (str(self.number),)]
        ordinals = [(_ordinal(self.number),), *(other.words for other in _by_number()[self.number, True])]
        return [("the", *ordinal) for ordinal in ordinals] if self.words[0] in FROM_ROMAN else []


def read_numeral(words: Sequence[str], roman: bool) -> Numeral | None:
    """Return the longest number that `words` begin with, if they do; Roman ones only if `roman`."""
    whole = _read_whole(words, roman)
    if whole is None or whole.is_ordinal or whole.words[0] in FROM_ROMAN:
        return whole
    behind = tuple(words[len(whole.words) :])
    half = next((half for half in HALVES if behind[: len(half)] == half), ())
    return replace(whole, words=whole.words + half, language="en", has_half=True) if half else whole


def _read_whole(words: Sequence[str], roman: bool) -> Numeral | None:
    for length in range(min(LONGEST_PHRASE, len(words)), 0, -1):
        if numeral := _by_words().get(tuple(words[:length])):
            return numeral
    first = words[0]
    if DIGITS.fullmatch(first):
        return Numeral((first,), int(first.replace("-", "")))
    if ordinal := ORDINAL.fullmatch(first):
        return Numeral((first,), int(ordinal[1]), is_ordinal=True)
    if roman and first in FROM_ROMAN:
        return Numeral((first,), FROM_ROMAN[first])
    return None


@cache
def _by_words() -> dict[Phrase, Numeral]:
    """Return the numbers in words; English comes first where two languages share a word."""
    known: dict[Phrase, Numeral] = {}
    for number, is_ordinal, text in _english_numbers():
        words = tuple(text.split())
        known.setdefault(words, Numeral(words, number, is_ordinal, "en"))
    for language, texts in SMALL_NUMBERS.items():
        for number, word in enumerate(texts.split(), 2):
            if word != "-":
                known.setdefault((word,), Numeral((word,), number, language=language))
    return known


@cache
def _by_number() -> dict[tuple[int, bool], list[Numeral]]:
    numerals: dict[tuple[int, bool], list[Numeral]] = {}
    for numeral in _by_words().values():
        numerals.setdefault((numeral.number, numeral.is_ordinal), []).append(numeral)
    return numerals


def _english_numbers() -> Iterator[tuple[int, bool, str]]:
    """Yield (number, whether it is an ordinal, text)."""
    for number in range(100):
        text = _below_hundred(number)
        yield number, False, text
        if number:
            *tens, last = text.split()
            ending = ORDINALS.get(last) or (f"{last[:-1]}ie" if last.endswith("y") else last.removesuffix("t")) + "th"
            yield number, True, " ".join([*tens, ending])
    for number in range(100, 1000):
        for text in _with_and_without_and(f"{ONES[number // 100]} hundred", number % 100):
            yield number, False, text
            if number < 200:
                yield number, False, text.removeprefix("one ")
    for thousand in range(1, 21):
        yield 1000 * thousand, False, f"{_below_hundred(thousand)} thousand"
    for year in range(1800, 2100):
        yield from ((year, False, text) for text in _spoken_year(*divmod(year, 100)))


def _spoken_year(century: int, rest: int) -> Iterator[str]:
    """Yield "nineteen eighty four", "nineteen oh five", "two thousand and one"."""
    if rest >= 10:
        yield f"{_below_hundred(century)} {_below_hundred(rest)}"
    elif century < 20:
        yield f"{_below_hundred(century)} {f'oh {ONES[rest]}' if rest else 'hundred'}"
    if century == 20 and rest:
        yield from _with_and_without_and("two thousand", rest)


def _with_and_without_and(text: str, rest: int) -> list[str]:
    return [f"{text}{joint}{_below_hundred(rest)}" for joint in (" and ", " ")] if rest else [text]


def _below_hundred(number: int) -> str:
    if number < len(ONES):
        return ONES[number]
    return f"{TENS[number // 10]} {ONES[number % 10]}" if number % 10 else TENS[number // 10]


def _ordinal(number: int) -> str:
    """Return "1st", "12th", "22nd"."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number // 10 % 10 != 1 else 0, "th")
    return f"{number}{ending}"
