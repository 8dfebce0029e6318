"""Files to import, and what reading them returns."""

import json
import zipfile
from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image

from movies.importing import formats
from movies.importing.reading import NotReadable

RATINGS = "marquee_id,title,year,rating,review,created_at\n"
LETTERBOXD = "Date,Name,Year,Letterboxd URI"
HEAT = "2024-01-05,Heat,1995,https://boxd.it/2a"


def jpeg():
    """Return a small picture in base64."""
    file = BytesIO()
    Image.new("RGB", (200, 300)).save(file, "JPEG")
    return b64encode(file.getvalue()).decode()


def document(**lists):
    """Return an export of Marquee in JSON."""
    return json.dumps({"marquee": 1} | lists)


def read(text, filename="", source=""):
    """Read a file and return (source, [(line, kind, values or problem)])."""
    found, rows, _ = contents_of(text, filename, source)
    return found.value, [(row.line, row.kind.value, row.problem or row.said) for row in rows]


def contents_of(text, filename="", source=""):
    """Read a file and return (source, rows, notes)."""
    return formats.read_file(text.encode() if isinstance(text, str) else text, filename, source)


def remarks_of(text, filename=""):
    """Return (line, kind, problem or note) of the rows that have one."""
    _, rows, _ = contents_of(text, filename)
    return [(row.line, row.kind.value, row.problem or row.note) for row in rows if row.problem or row.note]


def packed(files, method=zipfile.ZIP_DEFLATED):
    """Return a zip of {name: text or bytes}."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def error_of(content, filename="", source=""):
    """Return the message with which a file is refused."""
    with pytest.raises(NotReadable) as error:
        formats.read_file(content.encode() if isinstance(content, str) else content, filename, source)
    return str(error.value)
