"""Chinese in simplified and traditional characters."""

from functools import cache

from opencc import OpenCC

# Mainland China's characters, and how they are written elsewhere: by OpenCC's standard, in Taiwan and in Hong Kong.
TRADITIONAL = ("s2t", "s2tw", "s2hk")


def other_characters(text: str) -> list[str]:
    """Return the text in simplified characters and in each region's traditional ones, without the text itself."""
    simplified = _converter("t2s").convert(text)
    forms = [simplified, *(_converter(way).convert(simplified) for way in TRADITIONAL)]
    return [form for form in dict.fromkeys(forms) if form != text]


@cache
def _converter(way: str) -> OpenCC:
    return OpenCC(way)
