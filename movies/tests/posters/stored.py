"""Poster files in the store, for tests."""

import os
from io import BytesIO
from pathlib import Path
from time import time

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from movies.posters import files
from movies.posters.images import prepare
from movies.tests.posters.pictures import jpeg


def store_picture(data):
    """Store the poster made of `data`, as for a film, and return its key."""
    with files.store_files(prepare(BytesIO(data))) as key:
        return key


def names_of(key):
    """Return the names of a poster's files."""
    return [f"posters/{key}/w{width}.jpg" for width in (185, 342, 780)]


def stored_names():
    """Return the name of every file in the store's folder."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def date_files_now():
    """Date the files by the clock of the tests, which may be shifted: that of the file system is not."""
    for name in stored_names():
        os.utime(Path(settings.MEDIA_ROOT, name), times=(time(), time()))


def uploaded_file(data=None, name="poster.jpg", content_type="image/jpeg"):
    """Return an uploaded file, as Django passes it to a view."""
    return SimpleUploadedFile(name, jpeg() if data is None else data, content_type)
