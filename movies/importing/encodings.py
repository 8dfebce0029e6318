"""The encoding of a text file: told by its first bytes, or guessed and then said."""

import codecs

# UTF-32 first: the mark of its little end begins as that of UTF-16 does.
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
GUESSED = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}
SAMPLE = 4096


def find_encoding(content: bytes, *, is_whole: bool = True) -> str:
    """Return the name of the encoding: UTF-8 unless a mark, zeros or impossible bytes tell another one.

    Files saved by Excel are in Windows-1252 on most computers. A file of another code page is read with wrong accents.
    """
    for bom, name in BOMS.items():
        if content.startswith(bom):
            return name
    if name := _find_utf16(content[:SAMPLE]):
        return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, is_whole)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def describe_guess(encoding: str) -> str:
    """Return a sentence about a guessed encoding, empty for one that the file tells."""
    if encoding not in GUESSED:
        return ""
    return (
        f"The file does not tell its encoding. It was read as {GUESSED[encoding]}: please check the accents in titles."
    )


def _find_utf16(sample: bytes) -> str:
    """Return the kind of UTF-16 without a mark. Commas, digits and English headings have a zero in every other byte."""
    pairs = len(sample) // 2
    first, second = sample[0 : 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    # A few characters, as U+4E00, have a zero in the other byte.
    if pairs >= 4 and min(first, second) * 8 <= max(first, second) and max(first, second) * 4 >= pairs:
        return "utf-16-be" if first > second else "utf-16-le"
    return ""
