"""Keyboard layouts, for codes that a USB scanner types.

Such a scanner is a keyboard: it presses the keys that make the code on its own layout, and the computer reads them by
another. So each sign that arrives stands for a key, and each key for one sign of the code. static/cinema/
entrance_codes.js does the same without a network, with the same table.
"""

import unicodedata
from functools import cache

# The same keys on each layout, without and with Shift: from 1 to the key after 0, then three rows of letters. Letters
# are small in both, because Caps Lock and Shift make no difference to a code.
LAYOUTS: dict[str, tuple[str, str]] = {
    "US": ("1234567890-qwertyuiopasdfghjkl;zxcvbnm,", "!@#$%^&*()_qwertyuiopasdfghjkl:zxcvbnm<"),
    "German": ("1234567890ßqwertzuiopasdfghjklöyxcvbnm,", '!"§$%&/()=?qwertzuiopasdfghjklöyxcvbnm;'),
    "Swiss": ("1234567890'qwertzuiopasdfghjklöyxcvbnm,", '+"*ç%&/()=?qwertzuiopasdfghjkléyxcvbnm;'),
    "French": ("&é\"'(-è_çà)azertyuiopqsdfghjklmwxcvbn,;", "1234567890°azertyuiopqsdfghjklmwxcvbn?."),
    "Belgian": ("&é\"'(§è!çà)azertyuiopqsdfghjklmwxcvbn,;", "1234567890°azertyuiopqsdfghjklmwxcvbn?."),
    "Czech": ("+ěščřžýáíé=qwertzuiopasdfghjklůyxcvbnm,", '1234567890%qwertzuiopasdfghjkl"yxcvbnm?'),
    "Slovak": ("+ľščťžýáíé=qwertzuiopasdfghjklôyxcvbnm,", '1234567890%qwertzuiopasdfghjkl"yxcvbnm?'),
    "Hungarian": ("123456789öüqwertzuiopasdfghjkléyxcvbnm,", "'\"+!%/=()öüqwertzuiopasdfghjkléyxcvbnm?"),
    "Russian": ("1234567890-йцукенгшщзфывапролджячсмитьб", '!"№;%:?*()_йцукенгшщзфывапролджячсмитьб'),
    "Ukrainian": ("1234567890-йцукенгшщзфівапролджячсмитьб", '!"№;%:?*()_йцукенгшщзфівапролджячсмитьб'),
    "Bulgarian": ("1234567890-,уеишщксдзьяаожгтнвмюйъэфхпр", '!?+"%=:/–№$ыуеишщксдзѝяаожгтнвмюйъэфхпр'),
    "Serbian": ("1234567890'љњертзуиопасдфгхјклчѕџцвбнм,", '!"#$%&/()=?љњертзуиопасдфгхјклчѕџцвбнм;'),
}


def translate(text: str, alphabet: str) -> list[str]:
    """Return what scanners may have meant whose keys arrived as `text`, in signs of `alphabet`, without repetition.

    Tried is each layout for the scanner, and each for the computer on which all of the text can be typed.
    """
    typed = [sign for sign in unicodedata.normalize("NFC", text).lower() if not sign.isspace()]
    readings = [[keys[sign] for sign in typed] for keys in _keys_of_computers() if keys.keys() >= set(typed)]
    scanners = _signs_of_scanners(alphabet)
    return list(dict.fromkeys("".join(signs[key] for key in pressed) for pressed in readings for signs in scanners))


@cache
def _keys_of_computers() -> list[dict[str, int]]:
    """Return, for each layout, the number of the key that makes a sign."""
    return [{sign: key for signs in reversed(layout) for key, sign in enumerate(signs)} for layout in LAYOUTS.values()]


@cache
def _signs_of_scanners(alphabet: str) -> list[list[str]]:
    """Return the sign of `alphabet` that each key makes, or "", on the layouts that have all of them."""
    made = [
        [next((sign.upper() for sign in signs if sign in alphabet.lower()), "") for signs in zip(*layout, strict=True)]
        for layout in LAYOUTS.values()
    ]
    return [signs for signs in made if set(alphabet) <= set(signs)]
