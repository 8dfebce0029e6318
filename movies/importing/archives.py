"""Zips, as Letterboxd and Trakt hand them out. No file of a zip is ever written to disk.

Limits are checked before anything is unpacked: a zip costs no more than a file of the same content.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath

from movies.importing import reading
from movies.importing.reading import NotReadable, TooLarge

MAX_FILES = 5_000
MAX_NAME = 200
BEGINNING, EMPTY = b"PK\x03\x04", b"PK\x05\x06"
ENTRY = b"PK\x01\x02"
# Flags, method and length of the name; two more bytes later the name begins.
FIRST_ENTRY = "<6xHH16xH"
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 0x1
# Files that macOS and Windows add to a zip.
CLUTTER = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
# Folders that have a meaning of their own, even where they are the only one.
FOLDERS = {"likes", "lists", "deleted", "orphaned"}
SPREADSHEETS = {"[Content_Types].xml", "mimetype"}
BROKEN = "The zip is damaged. Download it again, or upload the files in it one by one."
BROKEN_ERRORS = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, struct.error, ValueError,
)  # fmt: skip


def is_zip(content: bytes) -> bool:
    return content.startswith((BEGINNING, EMPTY))


def check_beginning(content: bytes) -> None:
    """Refuse a zip by its first entry, before the rest of it is received. Raises NotReadable."""
    flags, method, length = struct.unpack_from(FIRST_ENTRY, content)
    name = content[struct.calcsize(FIRST_ENTRY) + 2 :][:length]
    _check_entry(name.decode("utf-8", "replace"), flags, method)


def unpacked_size(content: bytes) -> int:
    """Return the number of bytes of all files of the zip together. Raises NotReadable, TooLarge."""
    return sum(info.file_size for info in _open(content).infolist())


def read_files(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name of each file, without a folder that holds them all, and its bytes.

    Raises NotReadable, TooLarge.
    """
    archive = _open(content)
    names = {info: _path(info.filename) for info in archive.infolist() if not info.is_dir()}
    names = {info: path for info, path in names.items() if not CLUTTER & set(path.parts)}
    depth = _common_depth(list(names.values()))
    seen: set[str] = set()
    for info, path in names.items():
        name = "/".join(path.parts[depth:])
        if name in seen:
            raise NotReadable("The zip holds two files of the same name.")
        seen.add(name)
        yield name, _unpack(archive, info)


def _open(content: bytes) -> zipfile.ZipFile:
    # Each entry of the directory begins with these bytes, so this counts before memory is spent on them.
    if content.count(ENTRY) > MAX_FILES:
        raise NotReadable(f"The zip holds more than {MAX_FILES:,} files.")
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except BROKEN_ERRORS as error:
        raise NotReadable(BROKEN) from error
    _check(archive)
    return archive


def _check(archive: zipfile.ZipFile) -> None:
    infos = archive.infolist()
    for info in infos:
        _check_entry(info.filename, info.flag_bits, info.compress_type)
    if sum(info.file_size for info in infos) > reading.MAX_BYTES:
        raise TooLarge(f"The files of the zip have more than {reading.MAX_BYTES // 1024**2} MB together.")


def _check_entry(name: str, flags: int, method: int) -> None:
    if flags & ENCRYPTED:
        raise NotReadable("The zip is protected by a password.")
    if method not in METHODS:
        raise NotReadable(BROKEN)
    if name in SPREADSHEETS:
        raise NotReadable("This is a spreadsheet. Save it as “CSV UTF-8” and try again.")
    _path(name)
    if name.casefold().endswith(".zip"):
        raise NotReadable("The zip holds another zip. Upload that one.")


def _path(name: str) -> PurePosixPath:
    """Return the path of a file. Raises NotReadable for one that leads out of the zip."""
    visible = "".join(character for character in name if character.isprintable())
    path = PurePosixPath(visible.replace("\\", "/"))
    is_outside = not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]
    if is_outside or len(visible) > MAX_NAME:
        raise NotReadable("The zip holds a file with a name that is not allowed.")
    return path


def _common_depth(paths: list[PurePosixPath]) -> int:
    """Return 1 if one folder holds everything, as in a folder that was packed again, else 0."""
    tops = {path.parts[0] for path in paths}
    return 1 if len(tops) == 1 and all(len(path.parts) > 1 for path in paths) and not tops & FOLDERS else 0


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        content = archive.read(info)  # checks the sum, and never gives more than `file_size`
    except BROKEN_ERRORS as error:
        raise NotReadable(BROKEN) from error
    if is_zip(content):
        raise NotReadable("The zip holds another zip. Upload that one.")
    return content
