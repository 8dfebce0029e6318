"""Names that cannot be taken for another: of one script, without invisible characters."""

import re
import unicodedata

from django.core.exceptions import ValidationError

# Scripts that one word may have together (the "highly restrictive" level of Unicode's UTS 39), besides any one alone.
TOGETHER = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
# Digits, punctuation and accents, which all scripts share.
SHARED = {"COMMON", "INHERITED"}
# Control characters have a message of their own. A word needs the joiners in scripts such as Persian, and in emoji.
INVISIBLE = {"Cf", "Co", "Cs", "Zl", "Zp"}
JOINERS = "\u200c\u200d"

MIXED = "Write each word in the letters of one alphabet."
HIDDEN = "A name cannot contain invisible characters."


def validate_scripts(name: str) -> None:
    """Refuse a word that mixes scripts, such as "manager" with a Cyrillic letter, and invisible characters.

    Raise ValidationError.
    """
    if any(unicodedata.category(sign) in INVISIBLE and sign not in JOINERS for sign in name):
        raise ValidationError(HIDDEN)
    from confusable_homoglyphs import categories  # here, because its tables are read when it is imported

    for word in re.split(r"[\W\d_]+", name):
        scripts = categories.unique_aliases(word) - SHARED
        if len(scripts) > 1 and not any(scripts <= together for together in TOGETHER):
            raise ValidationError(MIXED)


def reduce_to_look(name: str) -> str:
    """Return a text that is equal for names that look alike: letters and digits, each as the Latin one it resembles."""
    text = unicodedata.normalize("NFKD", name.casefold())
    return "".join(_latin_look(sign) for sign in text if sign.isalnum())


def _latin_look(sign: str) -> str:
    from confusable_homoglyphs import confusables  # 8 MB that few processes need

    alike = {"0": "o", "1": "l", "i": "l"}.get(sign)
    if alike is None and not sign.isascii():
        similar = [each["c"].casefold() for each in confusables.confusables_data.get(sign, ())]
        alike = next(
            (_latin_look(text) for text in similar if len(text) == 1 and text.isascii() and text.isalnum()), None
        )
    return alike or sign
