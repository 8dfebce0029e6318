"""Drawn posters for films without one: two or three flat tones, one simple shape, the title in heavy capitals.

The same film always gets the same poster, on every machine and after every restart. Pure functions.
All measures are in units of the poster's view box, 300 x 450.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2s
from unicodedata import bidirectional, category, east_asian_width, normalize

WIDTH, HEIGHT, MARGIN = 300, 450, 24
TEXT_WIDTH, TITLE_HEIGHT = WIDTH - 2 * MARGIN, 118
FOOTER_BASELINE, TITLE_BASELINE, ART_BOTTOM = 427, 398, 312
BIGGEST, SMALLEST_WHOLE, BIGGEST_SPLIT = 76, 18, 36
FOOTER_SIZE, FOOTER_SPACING = 11, 0.14  # the spacing in em


@dataclass(frozen=True, slots=True)
class Palette:
    sky: str
    sun: str
    mid: str
    near: str  # the foreground, behind the text
    ink: str  # the text: contrast of at least 4.5:1 on `near`

    @property
    def dark(self) -> str:
        """The colour of silhouettes."""
        return min(self.near, self.ink, key=_measure_lightness)

    @property
    def light(self) -> str:
        return max(self.near, self.ink, key=_measure_lightness)


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    x: int
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Drawing:
    palette: Palette
    shape: str  # the name of a file in templates/movies/posters/
    flipped: bool
    shift: int  # how far the shape's brightest part moves to the right, or, negative, to the left
    right_to_left: bool
    title: tuple[Line, ...]
    footer: Line | None
    foot: int  # the foreground covers everything below this height

    @property
    def rise(self) -> int:
        """How far a landscape moves to keep its horizon above a tall title: 0 or, upwards, negative."""
        return self.foot - ART_BOTTOM


PALETTES = (
    Palette("#f2b872", "#d9432f", "#8c2f39", "#2b1b2e", "#fbe9d0"),  # dusk
    Palette("#8fb09a", "#e2683c", "#3f6b5c", "#1e3a34", "#f3ead2"),  # sage
    Palette("#d8432f", "#ffd9a0", "#f08a4b", "#f8ead2", "#26140f"),  # poppy
    Palette("#2f7f86", "#f7c95c", "#79b7ac", "#f1ecdb", "#12302f"),  # lagoon
    Palette("#4b2e5c", "#f2a65a", "#a64d79", "#201430", "#f6e3ee"),  # plum
    Palette("#3a63b8", "#ff7f5c", "#23407f", "#14223f", "#fde9da"),  # cobalt
    Palette("#f3dc8c", "#c4452d", "#d98f2b", "#e8b93f", "#2c1708"),  # mustard
    Palette("#1d2b3d", "#f4d58d", "#3d6080", "#0b121b", "#f2e8cf"),  # night
    Palette("#f3c6bd", "#b8324a", "#dd7f86", "#6d1b30", "#fdeae3"),  # rose
    Palette("#d9d7a8", "#e08a2e", "#6f8f4e", "#22402c", "#f5f0d0"),  # forest
    Palette("#a83a3f", "#efc46c", "#7c2330", "#43131f", "#fbe6c8"),  # brick
    Palette("#bcd6d6", "#ef6b4a", "#6f9cab", "#f4f1e6", "#1b3440"),  # ice
    Palette("#d9d2c3", "#f7f1e3", "#7a7267", "#191614", "#f3ead8"),  # noir
    Palette("#f08c3a", "#ffe1a8", "#c4552a", "#0f3f48", "#fdeed4"),  # harbour
    Palette("#c9b6d9", "#e8643c", "#8a6fb0", "#2d1f4a", "#f4ebff"),  # lilac
    Palette("#f2c9a1", "#2a6f74", "#c9744f", "#5a2416", "#fdeedd"),  # clay
    Palette("#7fb2d9", "#fff1c9", "#3e7cab", "#16364f", "#f3f0dc"),  # azure
    Palette("#22594f", "#f08f6e", "#4f9077", "#f3e6cc", "#17362f"),  # jade
    Palette("#eadfc8", "#1c1816", "#c9b694", "#b12a1f", "#fdf0dd"),  # print
    Palette("#5d6b3a", "#f0c24f", "#8b9a52", "#f0e9cf", "#2a3015"),  # olive
)

# A film gets a shape of the first genre in this list that it has: distinctive genres stand before broad ones.
SHAPES = {
    "Horror": ("eye", "door", "sea", "keyhole", "stairs"),
    "Western": ("hills", "road", "mountains", "rays", "arches"),
    "Science Fiction": ("orbit", "rings", "city", "rays", "dots", "arches", "eye"),
    "War": ("rays", "stripes", "hills", "stairs", "sea", "road"),
    "Fantasy": ("arches", "mountains", "orbit", "waves", "door", "hills"),
    "Animation": ("dots", "waves", "hills", "orbit", "circles"),
    "Music": ("spotlight", "dots", "stripes", "curtain"),
    "Documentary": ("film", "mountains", "rings", "road"),
    "History": ("arches", "film", "stairs", "rays"),
    "Romance": ("circles", "sea", "city", "hills", "curtain", "waves"),
    "Mystery": ("keyhole", "eye", "rings", "stairs"),
    "Crime": ("city", "keyhole", "spotlight", "stripes", "door", "stairs"),
    "Comedy": ("dots", "curtain", "circles", "rays", "stripes"),
    "Adventure": ("mountains", "waves", "hills", "road", "rays"),
    "Family": ("hills", "dots", "waves"),
    "Thriller": ("rings", "stairs", "door", "eye", "spotlight"),
    "Action": ("stripes", "rays", "city", "road"),
    "Drama": ("circles", "door", "sea", "road", "stairs", "curtain", "arches", "hills"),
}
ALL_SHAPES = tuple(dict.fromkeys(shape for shapes in SHAPES.values() for shape in shapes))

# Character widths of Helvetica Bold in em, rounded up; Arial and Liberation Sans have the same.
CHARACTERS_BY_WIDTH = {
    0.28: " I.,:'’·/|!",
    0.34: "-()[];‘`",
    0.5: '"“”*',
    0.56: "0123456789J$#_",
    0.62: "FLTZ?+=<>~",
    0.68: "EPSVXY",
    0.73: "ABCDHKNRU&",
    0.78: "GOQ",
    0.84: "M",
    0.95: "W%",
    1.04: "—…@™ЖМФШЩЫЮѢ",
}
EM = {character: width for width, characters in CHARACTERS_BY_WIDTH.items() for character in characters}
OTHER_EM = 0.82
ARABIC_EM = 0.66
SAFETY_FACTOR = 1.04  # because fonts differ

# Tried in this order, each with whether words may be split at this size.
SIZES = tuple((size, False) for size in range(BIGGEST, SMALLEST_WHOLE - 1, -1)) + tuple(
    (size, True) for size in range(BIGGEST_SPLIT, 0, -1)
)


def draw_poster(title: str, directors: Sequence[str], year: int | None, genres: Sequence[str], seed: str) -> Drawing:
    """Draw a poster. `seed` identifies the film, and determines palette, shape and arrangement."""
    dice = blake2s(seed.encode(), digest_size=8).digest()
    shapes = next((SHAPES[genre] for genre in SHAPES if genre in genres), ALL_SHAPES)
    right_to_left = _is_right_to_left(title)
    edge = WIDTH - MARGIN if right_to_left else MARGIN
    lines = _set_title(_capitalize(title), edge)
    return Drawing(
        palette=PALETTES[dice[0] % len(PALETTES)],
        shape=shapes[dice[1] % len(shapes)],
        flipped=dice[2] % 2 == 1,
        shift=(-24, 0, 24)[dice[3] % 3],
        right_to_left=right_to_left,
        title=lines,
        footer=_set_footer(directors, year, edge),
        foot=min(ART_BOTTOM, round(lines[0].y - lines[0].size * 0.75 - 20)) if lines else ART_BOTTOM,
    )


def estimate_width(text: str) -> float:
    """Estimate the width of `text` in em."""
    return sum(map(_estimate_character_width, text)) * SAFETY_FACTOR


def _measure_lightness(tone: str) -> int:
    return sum(bytes.fromhex(tone[1:]))


@cache
def _estimate_character_width(character: str) -> float:
    if east_asian_width(character) in "WF":
        return 1.0
    # Decomposed, an accented letter is as wide as its base, and a ligature as its letters.
    return sum(_estimate_base_width(base) for base in normalize("NFKD", character))


def _estimate_base_width(character: str) -> float:
    if category(character) in {"Mn", "Me", "Cf"}:
        return 0.0
    if bidirectional(character) == "AL":
        return ARABIC_EM
    return EM.get(character, OTHER_EM)


def _capitalize(text: str) -> str:
    """Return `text` in capitals, except for Georgian, whose capitals most fonts lack; collapse white space."""
    visible = (c for c in " ".join(text.split()) if category(c) != "Cc")
    return "".join(c if "ა" <= c <= "ჿ" else c.upper() for c in visible)


def _is_right_to_left(text: str) -> bool:
    strong = (bidirectional(c) for c in text)
    return next((kind for kind in strong if kind in {"L", "R", "AL"}), "L") != "L"


def _set_title(text: str, edge: int) -> tuple[Line, ...]:
    """Return the lines of the title at the largest size that fits. Words are split only to avoid tiny text."""
    leading = 0.98 if all(c < "\u0600" or not c.isalpha() for c in text) else 1.28
    for size, may_split in SIZES:
        limit = TEXT_WIDTH / size
        lines = _wrap(text, limit, may_split=may_split)
        if len(lines) * size * leading <= TITLE_HEIGHT and all(estimate_width(line) <= limit for line in lines):
            break
    lines = _balance(text, lines, limit, may_split=may_split)
    last = len(lines) - 1
    return tuple(
        Line(line, edge, round(TITLE_BASELINE - (last - number) * size * leading, 1), size)
        for number, line in enumerate(lines)
    )


def _balance(text: str, lines: list[str], limit: float, *, may_split: bool) -> list[str]:
    """Return as many lines, but of more similar length, so that no word stands alone under a full line."""
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        narrower = _wrap(text, limit * share, may_split=may_split)
        if len(narrower) == len(lines) and all(estimate_width(line) <= limit for line in narrower):
            return narrower
    return lines


def _wrap(text: str, limit: float, *, may_split: bool) -> list[str]:
    """Wrap `text` into lines of at most `limit` em. A wider word that may not be split gets a line of its own."""
    lines: list[str] = []
    used = 0.0
    for space, part in _split_into_parts(text, limit, may_split=may_split):
        width = estimate_width(space + part)
        if lines and used + width <= limit:
            lines[-1] += space + part
            used += width
        else:
            lines.append(part)
            used = estimate_width(part)
    return lines


def _split_into_parts(text: str, limit: float, *, may_split: bool) -> Iterator[tuple[str, str]]:
    """Yield the parts that must stay on one line, each with the space before it.

    Parts are words, or single characters in scripts without spaces.
    """
    for word in text.split(" "):
        if (may_split and estimate_width(word) > limit) or any(east_asian_width(c) in "WF" for c in word):
            parts = _split_into_characters(word)
        else:
            parts = re.findall(r".+?-+(?=\w)|.+", word)  # a line may end after a hyphen
        for number, part in enumerate(parts):
            yield ("" if number else " "), part


def _split_into_characters(word: str) -> list[str]:
    """Return the characters of `word`, each with its combining marks."""
    clusters: list[str] = []
    for character in word:
        if clusters and category(character) in {"Mn", "Mc", "Me", "Cf"}:
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _set_footer(directors: Sequence[str], year: int | None, edge: int) -> Line | None:
    names = ", ".join(directors) if len(directors) < 3 else f"{directors[0]} and others"
    text = _capitalize(" · ".join(part for part in (names, str(year or "")) if part))
    if not text:
        return None
    width = estimate_width(text) + len(text) * FOOTER_SPACING
    return Line(text, edge, FOOTER_BASELINE, min(FOOTER_SIZE, int(TEXT_WIDTH / width * 10) / 10))
