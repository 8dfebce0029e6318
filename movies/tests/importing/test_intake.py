"""The intake of files: refused before they are read, and large ones read by a worker only."""

import json
import tracemalloc
from io import BytesIO

import pytest
from django.db import IntegrityError

from accounts.tests.factories import UserFactory
from common.errors import Conflict
from movies.importing import dry_run, formats, intake, jobs, starting
from movies.importing.reading import MAX_BYTES, NotReadable, TooLarge
from movies.models import LibraryImport, LibraryImportPart
from movies.tests.factories import MovieFactory
from movies.tests.importing.files import LETTERBOXD, packed

pytestmark = pytest.mark.django_db

HEADING = f"{LETTERBOXD},Rating,Review\n".encode()
LINES = 19_500
# Of what a web process holds at a time of a file of 74 parts, other threads included, and a worker of one it reads.
PARTS, TIMES_ITS_SIZE = 24, 12


def large_csv(lines=LINES):
    return HEADING + b"".join(b"2024-01-05,Film %d,1995,u,4,%s\n" % (n, b"r" * 950) for n in range(lines))


class Upload(BytesIO):
    """An uploaded file that counts what is read of it."""

    bytes_read = 0

    def __init__(self, content, size=None):
        super().__init__(content)
        self.size = len(content) if size is None else size

    def read(self, size=-1):
        part = super().read(size)
        self.bytes_read += len(part)
        return part


@pytest.fixture
def unread(monkeypatch):
    """Let reading a file fail: in a web process no large one is read."""

    def fail(*args):
        raise AssertionError("The file was read.")

    monkeypatch.setattr(formats, "read_file", fail)


def peak_of(act):
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# --- Refused first --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["checking", "applying"])
def test_a_second_file_is_refused_before_a_byte_of_it_is_read(ana, unread, status):
    LibraryImport.objects.create(user=ana, status=status)
    file = Upload(large_csv())
    with pytest.raises(IntegrityError, match="library_import_one_at_a_time"):
        starting.start_import(ana, file, "a.csv")
    assert file.bytes_read == 0


def test_a_check_says_so_even_earlier(ana):
    starting.check_none_at_work(ana)
    LibraryImport.objects.create(user=ana, status="checking")
    with pytest.raises(Conflict) as refused:
        starting.check_none_at_work(ana)
    assert (refused.value.code, refused.value.message) == ("duplicate", "Another of your files is being processed.")
    starting.check_none_at_work(UserFactory())


def test_a_file_that_says_it_is_too_large_is_not_read(ana, unread):
    file = Upload(HEADING, size=MAX_BYTES + 1)
    with pytest.raises(TooLarge, match="larger than 25 MB"):
        starting.start_import(ana, file, "a.csv")
    assert (file.bytes_read, LibraryImport.objects.count()) == (0, 0)


def test_a_file_that_is_larger_than_it_says_is_refused(ana, unread):
    file = Upload(HEADING + b"x" * MAX_BYTES, size=5)
    with pytest.raises(TooLarge, match="larger than 25 MB"):
        starting.start_import(ana, file, "a.csv")
    assert (LibraryImport.objects.count(), LibraryImportPart.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("beginning", "source", "message"),
    [
        (b"Title,Year\n", "", "This file is not recognised."),
        (HEADING, "imdb", "This is not a file from IMDb."),
        (b"\xff\xfb\x90", "", "The encoding of the file is unknown."),
        (b"a\0", "", "The file contains NUL characters"),
        (b"PK\x03\x04\0\0", "", "The zip is damaged."),
        (packed({"[Content_Types].xml": "<Types/>"}), "", "This is a spreadsheet."),
        (packed({"../ratings.csv": "x"}), "", "The zip holds a file with a name that is not allowed."),
        (packed({"inner.zip": "x"}), "", "The zip holds another zip."),
    ],
    # The bytes of a zip change with the time, and the workers of a run have to collect the same tests.
    ids=["unknown", "another source", "encoding", "NUL", "damaged", "spreadsheet", "path", "zip in zip"],
)
def test_a_large_file_of_no_source_is_refused_by_its_beginning(ana, unread, beginning, source, message):
    file = Upload(beginning + b"x,y\n" * 4_000_000)
    with pytest.raises(NotReadable, match=message):
        starting.start_import(ana, file, "a.csv", source=source)
    assert file.bytes_read == starting.READ_AT_ONCE + 1
    assert not LibraryImport.objects.exists()


# --- Read by a worker -----------------------------------------------------------------------------


def test_a_large_file_is_stored_in_parts_and_read_by_a_worker(ana, monkeypatch):
    MovieFactory(title="Film 7", year=1995)
    content = large_csv()
    with monkeypatch.context() as patched:
        patched.setattr(formats, "read_file", None)
        jobs_started = []
        peak = peak_of(lambda: jobs_started.append(starting.start_import(ana, Upload(content), "ratings.csv")))
    assert peak < PARTS * intake.PART_BYTES
    job = jobs_started[0]
    assert (job.source, job.total, job.counts, job.status) == ("", 0, {}, "checking")
    assert sum(len(part.content) for part in job.parts.all()) == len(content)
    dry_run.check_import(job.pk)
    job.refresh_from_db()
    assert (job.source, job.total, job.progress, job.status) == ("letterboxd", LINES, LINES, "checked")
    assert job.counts == {"create": 1, "unmatched": LINES - 1}
    assert not job.parts.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (large_csv(200) + b"\x81", "The encoding of the file is unknown."),
        (large_csv(200) + b'"', "The file cannot be read at line 202"),
        (b'{"marquee": 1, "ratings": [' + b" " * 200_000, "The file is not valid JSON"),
        (b'{"marquee": 1, "ratings": [' + b"[]," * 1_000_001, "The file holds more than 1,000,000 values."),
    ],
    ids=range(4),
)
def test_a_large_file_that_cannot_be_read_makes_its_job_fail(ana, content, message):
    job = starting.start_import(ana, Upload(content), "a.csv")
    dry_run.check_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.total, bool(job.finished_at)) == ("failed", 0, True)
    assert job.error.startswith(message)
    assert not job.parts.exists()
    starting.check_none_at_work(ana)  # the next file may come


def test_a_worker_holds_a_few_times_the_size_of_a_file(ana):
    """One that is made of what costs most: 18 MB of empty lists, whose objects would have 400 MB."""
    content = b'{"marquee": 1, "ratings": [' + b"[]," * 6_000_000 + b"[]]}"
    job = starting.start_import(ana, Upload(content), "a.json")
    peak = peak_of(lambda: dry_run.check_import(job.pk))
    assert peak < TIMES_ITS_SIZE * len(content)
    job.refresh_from_db()
    assert job.status == "failed"


def test_after_a_crash_another_worker_reads_the_file(ana, interrupted, monkeypatch):
    job = starting.start_import(ana, Upload(large_csv(200)), "a.csv")
    with monkeypatch.context():
        killed = interrupted(intake, "_store_rows", after=0)
        with pytest.raises(killed):
            dry_run.check_import(job.pk)
    assert job.parts.exists()
    monkeypatch.undo()
    dry_run.check_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.total, job.rows.count()) == ("checked", 200, 200)


def test_an_error_of_our_own_leaves_no_parts(ana, monkeypatch):
    job = starting.start_import(ana, Upload(large_csv(200)), "a.csv")
    monkeypatch.setattr(formats, "read_file", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dry_run.check_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.parts.count()) == ("failed", 0)


def test_a_small_file_is_read_at_once(ana):
    content = json.dumps({"marquee": 1, "ratings": [{"title": "Heat", "rating": 8}]}).encode()
    job = starting.start_import(ana, Upload(content), "a.json")
    assert (job.source, job.total, job.parts.count()) == ("marquee", 1, 0)
    assert jobs.TASKS[job.status] == "movies.tasks.check_library_import"
