"""Fonts for paper, so that a film's title in any script is printed, never as empty boxes.

FiraGO has Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai and Georgian; Noto Sans CJK has Chinese, Japanese
and Korean. Both are free (SIL Open Font License) and come as packages. Characters that neither has are printed in
Latin letters.

fpdf2 reads and subsets whole fonts in Python, which takes seconds. So HarfBuzz makes small fonts first, in some
milliseconds, with only the characters that the document has.
"""

import string
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import category, normalize

import noto_cjk_sans_jp_regular
import pymupdf_fonts
import uharfbuzz
from anyascii import anyascii
from fpdf import FPDF

MAIN, EAST = "FiraGO", "Noto Sans CJK"
# Names of the package pymupdf_fonts, by fpdf2's styles.
MAIN_FILES = {"": "figo", "B": "figbo"}
# In every document: labels, dates, codes, and what marks a text that was cut off.
ALWAYS = string.ascii_letters + string.digits + string.punctuation + " …"


@contextmanager
def added_fonts(document: FPDF, text: str) -> Iterator[FPDF]:
    """Add the fonts to the document; their files exist until the block ends, so render the document inside it.

    `text` is all that will be written besides ALWAYS: no other character can be printed.
    """
    with TemporaryDirectory(prefix="fonts-") as folder:
        for style, name in MAIN_FILES.items():
            document.add_font(MAIN, style, _write_subset(main_face(name), text, Path(folder, f"{name}.ttf")))
        if not set(text) <= main_font_characters():
            document.add_font(EAST, "", _write_subset(eastern_face(), text, Path(folder, "east.otf")))
            document.set_fallback_fonts([EAST], exact_match=False)
        document.set_text_shaping(True)
        yield document


def make_printable(text: str) -> str:
    """Return the text on one line, with Latin letters for characters that neither font has."""
    plain = " ".join(normalize("NFC", text).split())
    return "".join(one if _is_known(one) else _replace_character(one) for one in plain)


def _write_subset(face: uharfbuzz.Face, text: str, file: Path) -> Path:
    """Write the font with the characters of `text` and what they are joined to or taken apart into."""
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(map(ord, {*ALWAYS, *text, *normalize("NFKD", text)}))
    file.write_bytes(uharfbuzz.subset(face, wanted).blob.data)
    return file


def _is_known(character: str) -> bool:
    return character in main_font_characters() or character in eastern_font_characters()


def _replace_character(character: str) -> str:
    # Control and format characters, such as marks that join letters, are invisible.
    return "" if category(character)[0] == "C" else anyascii(character)


@cache
def main_face(name: str) -> uharfbuzz.Face:
    return uharfbuzz.Face(pymupdf_fonts.myfont(name))


@cache
def eastern_face() -> uharfbuzz.Face:
    """Return the large font, which the system reads into memory only as far as it is used."""
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(noto_cjk_sans_jp_regular.FONT_PATH)))


@cache
def main_font_characters() -> frozenset[str]:
    return frozenset.intersection(*(_characters(main_face(name)) for name in MAIN_FILES.values()))


@cache
def eastern_font_characters() -> frozenset[str]:
    return _characters(eastern_face())


def _characters(face: uharfbuzz.Face) -> frozenset[str]:
    return frozenset(map(chr, face.unicodes))
