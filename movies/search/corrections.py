"""Corrections of a query against the vocabulary: attempts at what was meant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, product

from rapidfuzz.distance import OSA

from movies.search.spelling import ALTERNATIVES, MAX_WORDS, Meaning, Spelling
from movies.search.tokens import SHORT, TITLE_WEIGHTS, Token, all_lexemes, any_of, lexeme, one_behind_other, title_key
from movies.search.vocabulary import count_films

# Words that people add or leave out; dropped only when no film has all words.
SMALL_WORDS = frozenset({"the", "a", "an", "and", "of", "in", "et", "und"})
# So many similar words are tried where none of the likeliest ALTERNATIVES is of a film with the other words.
MANY = 24
# Two words that are shorter together are not taken for one mistyped word.
SHORTEST_JOINED = 6


@dataclass(frozen=True, slots=True)
class Slot:
    """One word of an attempt, with alternative meanings. `fixed` is a run, which is never corrected."""

    meanings: tuple[Meaning, ...]
    fixed: Token | None = None


Attempt = tuple[Slot, ...]


def corrections(
    tokens: Sequence[Token], owner: int | None, writings: Mapping[str, Sequence[Meaning]]
) -> Iterator[Attempt]:
    """Return what the query may mean, likeliest first. Words beyond the first MAX_WORDS are not corrected.

    `writings` are other writings of words ("2", "ii"), which mean the same.
    """
    words = [(part, token) for token in tokens for part in ([token.text] if token.is_run else token.parts)]
    spelt = [part for part, token in words if not token.is_run]
    spelling = Spelling(spelt, owner)

    def slot(place: int, cost: float, known: bool, most: int) -> Slot:
        word, token = words[place]
        itself = [Meaning(0, (word,)), *writings.get(word, ())]
        if token.is_run:
            return Slot(tuple(itself), token)
        if place >= MAX_WORDS or (spelling.is_known(word) and not known):
            return Slot(tuple(itself))
        near = [meaning for meaning in spelling.meanings(word) if not SMALL_WORDS.issuperset(meaning.words)]
        near = [meaning for meaning in near if meaning.cost <= (near[0].cost if cost == 0 else cost)][:most]
        # A word without similar ones may be of a film whose words are not in the vocabulary yet.
        return Slot((*itself, *near) if spelling.is_known(word) or len(itself) > 1 or not near else tuple(near))

    def slots(cost: float = 0, known: bool = False, most: int = ALTERNATIVES) -> list[Slot]:
        return [slot(place, cost, known, most) for place in range(len(words))]

    def without_short_words(attempt: list[Slot]) -> list[Slot]:
        return [
            slot
            for slot, (word, token) in zip(attempt, words, strict=True)
            if token.is_run or writings.get(word) or not _may_be_dropped(word)
        ]

    typed, wide, every_word = slots(), slots(cost=9), slots(known=True)
    many = slots(known=True, most=MANY)
    joins = list(_joined_attempts(typed, words, spelling))
    candidates = [
        *(attempt for is_exact, attempt in joins if is_exact),
        typed,
        _without_small_words(typed),
        *(attempt for is_exact, attempt in joins if not is_exact),
        wide,
        every_word,
        _without_small_words(every_word),
        without_short_words(every_word),
        many,
        without_short_words(many),
    ]
    return (tuple(attempt) for attempt in candidates if attempt)


def attempt_query(attempt: Attempt, begun: bool = True) -> str:
    """Return the query of the attempt; `begun` if the last word may be the beginning of one."""
    last = len(attempt) - 1
    return " & ".join(_slot_query(attempt, place, begun and place == last) for place in range(len(attempt)))


def indexed_attempts(attempts: Sequence[Attempt]) -> list[str]:
    """Return what the index is asked for each attempt: without a last word that begins more words than films have
    another one; empty if for all of it.
    """
    if not attempts:
        return []
    last = attempts[0][-1].meanings[0].words[-1]
    if len(last) > SHORT or not any(len(attempt) > 1 for attempt in attempts):
        return [""] * len(attempts)
    films, begun = count_films(
        {word for attempt in attempts for slot in attempt for meaning in slot.meanings for word in meaning.words}, last
    )

    def rarest(attempt: Attempt) -> int:
        return min(
            sum(min(films.get(word, 0) for word in meaning.words) for meaning in slot.meanings) for slot in attempt[:-1]
        )

    return [
        attempt_query(attempt[:-1], begun=False)
        if len(attempt) > 1 and not attempt[-1].fixed and rarest(attempt) <= begun
        else ""
        for attempt in attempts
    ]


def attempt_keys(attempt: Attempt) -> list[str]:
    """Return the keys of the titles that the attempt may spell, at most the likeliest few."""
    choices = product(*([meaning.words for meaning in slot.meanings] for slot in attempt))
    return [title_key(word for words in chosen for word in words) for chosen in islice(choices, 2 * ALTERNATIVES)]


def _slot_query(attempt: Attempt, place: int, begun: bool) -> str:
    slot = attempt[place]
    if slot.fixed:
        return slot.fixed.query(is_last=False)
    words = [meaning for meaning in slot.meanings if not meaning.is_number]
    queries = [all_lexemes(meaning.words, begun=begun and not meaning.is_whole) for meaning in words]
    if numbers := [lexeme(meaning.words[0], weights=TITLE_WEIGHTS) for meaning in slot.meanings if meaning.is_number]:
        if before := next(filter(None, map(_anchor, reversed(attempt[:place]))), None):
            queries.append(one_behind_other(before, any_of(numbers)))
        elif behind := next(filter(None, map(_anchor, attempt[place + 1 :])), None):
            queries.append(one_behind_other(any_of(numbers), behind))
    return f"({' | '.join(queries)})"


def _anchor(slot: Slot) -> str:
    """Return the query of a word that a number may stand beside; empty for other numbers, small words and runs."""
    is_common = SMALL_WORDS.issuperset(slot.meanings[0].words) or any(meaning.is_number for meaning in slot.meanings)
    if slot.fixed or is_common:
        return ""
    return any_of(lexeme(meaning.words[-1], weights=TITLE_WEIGHTS) for meaning in slot.meanings)


def _joined_attempts(
    typed: Sequence[Slot], words: Sequence[tuple[str, Token]], spelling: Spelling
) -> Iterator[tuple[bool, list[Slot]]]:
    """Yield an attempt for every two neighbours that may be one word, and whether that word is known."""
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


def _without_small_words(attempt: Sequence[Slot]) -> list[Slot]:
    return [slot for slot in attempt if not SMALL_WORDS.issuperset(slot.meanings[0].words)]


def _may_be_dropped(word: str) -> bool:
    """Return whether a word says so little that it may be a typing error: of two letters, or nearly a small word."""
    is_short = len(word) <= 2 or any(OSA.distance(word, small) <= 1 for small in SMALL_WORDS)
    return is_short and not word.isdecimal()
