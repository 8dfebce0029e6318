"""Letters for paper: whatever script a film's title is in, it is printed, never as empty boxes.

FiraGO has Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai and Georgian; Noto Sans CJK has Chinese, Japanese
and Korean. Both are free (SIL Open Font License) and come as packages. What neither has is written in Latin letters.
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
def equipped(document: FPDF, text: str) -> Iterator[FPDF]:
    """The fonts are read until it is put out. `text`: all that will be written; who needs no large font gets none."""
    with TemporaryDirectory(prefix="fonts-") as folder:
        for style, name in (("", "figo"), ("B", "figbo")):
            # The package has them as bytes; fpdf2 reads files.
            file = Path(folder, f"{name}.ttf")
            file.write_bytes(pymupdf_fonts.myfont(name))
            document.add_font(MAIN, style, file)
        if not set(text) <= main():
            document.add_font(EAST, "", str(noto_cjk_sans_jp_regular.FONT_PATH))
            document.set_fallback_fonts([EAST], exact_match=False)
        document.set_text_shaping(True)
        yield document


def printable(text: str) -> str:
    """As it can be printed: in one line, and Latin letters for those signs that no font of ours has."""
    plain = " ".join(normalize("NFC", text).split())
    return "".join(sign if sign in main() or sign in eastern() else instead(sign) for sign in plain)


def instead(sign: str) -> str:
    # Marks that join or turn letters have no look of their own; the rest of these would be seen.
    return "" if category(sign)[0] == "C" else anyascii(sign)


@cache
def main() -> frozenset[str]:
    return signs(BytesIO(pymupdf_fonts.myfont("figo"))) & signs(BytesIO(pymupdf_fonts.myfont("figbo")))


@cache
def eastern() -> frozenset[str]:
    return signs(str(noto_cjk_sans_jp_regular.FONT_PATH))


def signs(font: Any) -> frozenset[str]:
    return frozenset(map(chr, TTFont(font, lazy=True).getBestCmap()))
