"""The secret that a ticket is: whoever knows it, comes in.

Written in Crockford's base 32, which has no I, L, O and U: what looks alike is one sign, however somebody reads it out.
"""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # signs of 5 bits: 80 that nobody guesses
GROUP = 4
LOOK_ALIKE = str.maketrans("OIL", "011")


def new_code() -> str:
    """As it is stored: without the dashes that people see."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def format_code(code: str) -> str:
    """ "ABCD-EFGH-JKMN-PQRS": as it is shown and printed."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def parse_code(text: str) -> str:
    """What somebody typed or scanned, as it is stored. Any text is read; one that is no code belongs to no ticket."""
    plain = unicodedata.normalize("NFKC", text).upper()
    signs = (sign for sign in plain if unicodedata.category(sign)[0] not in "ZPC")
    return "".join(signs).translate(LOOK_ALIKE)
