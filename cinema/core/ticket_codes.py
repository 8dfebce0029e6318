"""Ticket codes: the secret that admits its bearer.

Written in Crockford's base 32, which has no I, L, O and U, so that similar characters are read as the same one.
"""

import secrets
import unicodedata

from cinema.core import keyboard_layouts

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # characters of 5 bits each: 80 bits, which cannot be guessed
GROUP = 4
LOOK_ALIKE = str.maketrans("OIL", "011")


def new_code() -> str:
    """Return a new code as it is stored: without the dashes of `format_code`."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def format_code(code: str) -> str:
    """Return the code as it is shown and printed: "ABCD-EFGH-JKMN-PQRS"."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def parse_code(text: str) -> str:
    """Return a typed or scanned code as it is stored. Accepts any text; one that is no code belongs to no ticket."""
    plain = unicodedata.normalize("NFKC", text).upper()
    characters = (character for character in plain if unicodedata.category(character)[0] not in "ZPCS")
    return "".join(characters).translate(LOOK_ALIKE)


def read_code(text: str) -> list[str]:
    """Return the codes that `text` may stand for, first the one that `parse_code` returns.

    The others are what a scanner meant if its keyboard layout is not the computer's. A code has 80 bits, so at most one
    of them is a ticket's.
    """
    meant = keyboard_layouts.translate(text, ALPHABET)
    return list(dict.fromkeys([parse_code(text), *filter(_is_code, meant)]))


def is_from_other_layout(text: str) -> bool:
    """Return whether `text` is no code but about as long: what a scanner with another keyboard layout types."""
    return LENGTH - GROUP <= len(text) <= LENGTH + 2 * GROUP and not _is_code(parse_code(text))


def _is_code(text: str) -> bool:
    return len(text) == LENGTH and set(text) <= set(ALPHABET)
