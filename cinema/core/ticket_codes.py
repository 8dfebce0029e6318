"""Ticket codes: the secret that admits its bearer.

Written in Crockford's base 32, which has no I, L, O and U, so that similar characters are read as the same one.
"""

import secrets
import unicodedata

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
    characters = (character for character in plain if unicodedata.category(character)[0] not in "ZPC")
    return "".join(characters).translate(LOOK_ALIKE)
