"""Fonts for paper, so that a film's title in any script is printed, never as empty boxes.

FiraGO has Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai and Georgian; Noto Sans CJK has Chinese, Japanese
and Korean. Both are free (SIL Open Font License) and come as packages. Characters that neither has are printed in
Latin letters.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unicodedata import category, normalize

import noto_cjk_sans_jp_regular
import pymupdf_fonts
from anyascii import anyascii
from fontTools.ttLib import TTFont
from fpdf import FPDF

MAIN, EAST = "FiraGO", "Noto Sans CJK"


@contextmanager
def added_fonts(document: FPDF, text: str) -> Iterator[FPDF]:
    """Add the fonts to the document; their files exist until the block ends, so render the document inside it.

    `text` is all that will be written: the large East Asian font is added only if it is needed.
    """
    with TemporaryDirectory(prefix="fonts-") as folder:
        for style, name in (("", "figo"), ("B", "figbo")):
            # The package holds them as bytes; fpdf2 reads files.
            file = Path(folder, f"{name}.ttf")
            file.write_bytes(pymupdf_fonts.myfont(name))
            document.add_font(MAIN, style, file)
        if not set(text) <= main_font_characters():
            document.add_font(EAST, "", str(noto_cjk_sans_jp_regular.FONT_PATH))
            document.set_fallback_fonts([EAST], exact_match=False)
        document.set_text_shaping(True)
        yield document


def make_printable(text: str) -> str:
    """Return the text on one line, with Latin letters for characters that neither font has."""
    plain = " ".join(normalize("NFC", text).split())
    return "".join(one if _is_known(one) else _replace_character(one) for one in plain)


def _is_known(character: str) -> bool:
    return character in main_font_characters() or character in eastern_font_characters()


def _replace_character(character: str) -> str:
    # Control and format characters, such as marks that join letters, are invisible.
    return "" if category(character)[0] == "C" else anyascii(character)


@cache
def main_font_characters() -> frozenset[str]:
    return _characters(BytesIO(pymupdf_fonts.myfont("figo"))) & _characters(BytesIO(pymupdf_fonts.myfont("figbo")))


@cache
def eastern_font_characters() -> frozenset[str]:
    return _characters(str(noto_cjk_sans_jp_regular.FONT_PATH))


def _characters(font: Any) -> frozenset[str]:
    return frozenset(map(chr, TTFont(font, lazy=True).getBestCmap()))
