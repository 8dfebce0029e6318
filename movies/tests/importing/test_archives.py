"""Zips: what is refused, and what is never unpacked."""

import struct
import zipfile
from io import BytesIO

import pytest

from movies.importing import archives, dry_run, intake, reading, starting
from movies.importing.reading import NotReadable, TooLarge
from movies.tests.importing.files import HEAT, LETTERBOXD, contents_of, error_of, packed

RATINGS = f"{LETTERBOXD},Rating\n{HEAT},4.5\n"


def encrypted():
    """Return a zip whose only entry says that it is encrypted, in both of its headers."""
    content = bytearray(packed({"ratings.csv": RATINGS}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def lying(size):
    """Return a zip whose directory says that its file has `size` bytes."""
    content = bytearray(packed({"ratings.csv": RATINGS}))
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, size)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed({"inner.zip": packed({"ratings.csv": RATINGS})}), "The zip holds another zip. Upload that one."),
        (packed({"ratings.csv": packed({"ratings.csv": RATINGS})}), "The zip holds another zip. Upload that one."),
        (packed({"../ratings.csv": RATINGS}), "The zip holds a file with a name that is not allowed."),
        (packed({"/etc/ratings.csv": RATINGS}), "The zip holds a file with a name that is not allowed."),
        (packed({"a\\..\\ratings.csv": RATINGS}), "The zip holds a file with a name that is not allowed."),
        (packed({"C:\\ratings.csv": RATINGS}), "The zip holds a file with a name that is not allowed."),
        (packed({"r" * 201 + ".csv": RATINGS}), "The zip holds a file with a name that is not allowed."),
        (packed({"a/r.csv": RATINGS, "a\\r.csv": RATINGS}), "The zip holds two files of the same name."),
        (packed({"ratings.csv": RATINGS}, zipfile.ZIP_LZMA), "The zip is damaged."),
        (packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": ""}), "This is a spreadsheet."),
        (packed({}), "Nothing in this zip is recognised. You can import"),
        (packed({"photo.jpg": "x"}), "Nothing in this zip is recognised. You can import exports of Marquee"),
        (packed({"lists/a.csv": "Position,Name,Year,URL\n1,Heat,1995,u"}), "The file has no rows. Left out: 1 film of"),
        (encrypted(), "The zip is protected by a password."),
        (lying(5), "The zip is damaged."),
        (packed({"ratings.csv": RATINGS})[:-30], "The zip is damaged."),
        (b"PK\x03\x04" + b"\0" * 100, "The zip is damaged."),
    ],
    ids=range(17),
)
def test_refused_zips(content, message):
    assert error_of(content).startswith(message)


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(zipfile.ZipFile, "read", None)
    half = b"x" * (reading.MAX_BYTES // 2 + 1)
    content = packed({"a.csv": half, "b.csv": half})
    assert len(content) < 200_000
    with pytest.raises(TooLarge, match="more than 25 MB together"):
        contents_of(content)
    with pytest.raises(TooLarge):
        contents_of(lying(reading.MAX_BYTES + 1))


def test_too_many_files_are_refused_before_they_are_listed(monkeypatch):
    monkeypatch.setattr(archives, "MAX_FILES", 3)
    content = packed({f"{n}.csv": RATINGS for n in range(4)})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(NotReadable, match="more than 3 files"):
        contents_of(content)


def test_the_rows_of_all_files_are_counted_together(monkeypatch):
    monkeypatch.setattr("movies.importing.formats.MAX_ROWS", 3)
    lines = [f"2024-01-05,Film {n},1995,u,4" for n in range(4)]
    files = {"a.csv": "\n".join([RATINGS, *lines[:2]]), "b.csv": "\n".join([f"{LETTERBOXD},Rating", *lines[2:]])}
    assert error_of(packed(files)) == "The file has more than 3 rows."
    assert len(contents_of(packed(files | {"b.csv": f"{LETTERBOXD},Rating\n"})).rows) == 3


def test_what_computers_add_is_ignored():
    files = {"export/ratings.csv": RATINGS, "__MACOSX/export/._ratings.csv": "\0", "export/.DS_Store": "\0"}
    _, rows, notes = contents_of(packed(files))
    assert ([(row.file, row.line) for row in rows], notes) == ([("ratings.csv", 2)], [])


def test_columns_between_tabs():
    text = RATINGS.replace(",", "\t")
    assert [(row.file, row.said["rating"]) for row in contents_of(packed({"ratings.TSV": text})).rows] == [
        ("ratings.TSV", 9)
    ]


def test_a_file_that_cannot_be_read_is_said_and_the_others_are_read():
    files = {
        "ratings.csv": RATINGS,
        "diary.csv": f'{LETTERBOXD},Watched Date\n"a',
        "old.csv": RATINGS.encode("utf-16-le"),
    }
    _, rows, notes = contents_of(packed(files))
    assert [row.file for row in rows] == ["ratings.csv", "old.csv"]
    guess = "The file does not tell its encoding. It was read as UTF-16: please check the accents in titles."
    assert notes == [
        "diary.csv was left out: The file cannot be read at line 2: its quotation marks do not match.",
        f"old.csv: {guess}",
    ]


@pytest.mark.django_db
class TestIntake:
    def test_a_small_zip_is_read_at_once(self, send):
        job = send(packed({"ratings.csv": RATINGS}), "letterboxd.zip")
        assert (job.source, job.total, job.filename) == ("letterboxd", 1, "letterboxd.zip")
        assert list(job.rows.values_list("file", "line")) == [("ratings.csv", 2)]

    def test_a_zip_that_is_small_only_while_packed_is_read_by_a_worker(self, ana):
        lines = "".join(f"2024-01-05,Film {n},1995,u,4\n" for n in range(5_000))
        content = packed({"ratings.csv": f"{LETTERBOXD},Rating\n{lines}"})
        assert len(content) < intake.READ_AT_ONCE
        job = starting.start_import(ana, BytesIO(content), "letterboxd.zip")
        assert (job.total, job.parts.count()) == (0, 1)
        dry_run.check_import(job.pk)
        job.refresh_from_db()
        assert (job.status, job.total, job.counts) == ("checked", 5_000, {"unmatched": 5_000})
