"""Certifications of countries: their spellings, and the age from which each admits visitors.

certifications.json has all of TMDB's list and older names that still occur, by region (a country, or "CA-QC"). Each
has a rule ("free", "advice", "adult": with an adult from the age `adult_from` on, "bar"), and an age unless it is free.
So far only the age is used, for every rule alike: docs/decisions.md says why.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path

from django.db.models import Q

DATA = Path(__file__).with_name("certifications.json")
# Films that `is_unknown` is true of.
UNKNOWN = ~Q(certification="") & Q(age_restriction=None)
UNRATED = {"NR", "UR", "NA", "NOTRATED", "UNRATED"}
# Greek and Cyrillic letters that look like Latin ones; some entries of TMDB's have them.
_ALIKE = str.maketrans(
    "\u0391\u0392\u0395\u039a\u039c\u039d\u03a1\u03a4\u03a7\u0410\u0412\u0415\u041a\u041c\u041d\u0420\u0421\u0422\u0425",
    "ABEKMNPTXABEKMHPCTX",
)
# Words that countries write before or after the age.
_WORDS = re.compile(r"^FSK|ANOS$")


def normalize(certification: str) -> str:
    """Return a name as it is compared: "MA 15+" and "ma15+" are one, and so are "PG-13" and "PG13 "."""
    plain = unicodedata.normalize("NFKD", certification).upper()
    kept = "".join(sign for sign in plain if sign.isalnum() or sign == "+")
    return _WORDS.sub("", kept.translate(_ALIKE))


def is_unrated(certification: str) -> bool:
    return normalize(certification) in UNRATED


def age_of(certification: str, region: str) -> int | None:
    """Return the age in years; None for a name that is not known in the region, its country or its country's parts.

    TMDB files the certifications of Quebec under Canada.
    """
    name = normalize(certification)
    tables = _ages()
    country = region.partition("-")[0]
    parts = sorted(code for code in tables if code.startswith(f"{country}-"))
    return next((tables[code][name] for code in (region, country, *parts) if name in tables.get(code, {})), None)


def is_unknown(certification: str, age: int | None) -> bool:
    """Return whether a film has a certification whose age we don't know, so that it restricts no visitor."""
    return bool(certification) and age is None


def is_of_region(certification: str, region: str) -> bool:
    """Return whether the region itself gives this certification, and not only a part of its country."""
    return normalize(certification) in _ages().get(region, {})


@cache
def _ages() -> dict[str, dict[str, int]]:
    """Return the ages by region and normalized name."""
    regions = json.loads(DATA.read_text(encoding="utf-8"))
    return {
        code: {normalize(name): rule.get("age", 0) for name, rule in region["certifications"].items()}
        for code, region in regions.items()
    }
