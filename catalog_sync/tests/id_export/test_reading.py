"""Reading the file, without a database."""

import gzip
import tracemalloc
from io import BytesIO

import pytest

from catalog_sync.id_export import reading
from catalog_sync.id_export.reading import ExportError, ListedFilm, map_line, read_parts
from catalog_sync.mapping import BadRecord
from catalog_sync.tests.id_export.files import line


@pytest.fixture
def _small_parts(monkeypatch):
    monkeypatch.setattr(reading, "PART", 2)


def read(content):
    """Return (ids, broken lines) of all parts, and the error that ended them."""
    ids, broken, error = [], [], ""
    try:
        for part in read_parts(BytesIO(content)):
            ids += [film.tmdb_id for film in part.films]
            broken += part.broken
    except ExportError as reason:
        error = str(reason)
    return ids, broken, error


def test_a_line_as_tmdb_writes_it():
    written = b'{"adult":false,"id":3924,"original_title":"Blondie","popularity":2.4051,"video":false}'
    assert map_line(written) == ListedFilm(3924, 2.4051, adult=False, video=False)
    assert map_line(line(7, adult=True, video=True, popularity="0.89954140788", extra=[])) == ListedFilm(
        7, 0.8995, adult=True, video=True
    )
    assert map_line(line(7, original_title="", popularity=None)).popularity == 0


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"not JSON", "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b"\xff\xfe{}", "not a JSON object"),
        (b"[" * 60_000, "not a JSON object"),
        (line(1, original_title="x" * 70_000), "not a JSON object"),
        (line(0), "id is not a positive integer"),
        (line(1, id="1"), "id is not a positive integer"),
        (line(1, id=2**31), "id is not a positive integer"),
        (line(1, id=True), "id is not a positive integer"),
        (line(1, popularity=-1), "popularity is negative or not finite"),
        (line(1, popularity=float("nan")), "popularity is negative or not finite"),
        (line(1, popularity={}), "popularity is not a number"),
        (b'{"id":1,"original_name":"A series","popularity":1}', "without an original title, as in"),
    ],
)
def test_a_line_that_cannot_be_used(written, reason):
    with pytest.raises(BadRecord, match=reason):
        map_line(written)


@pytest.mark.parametrize("compress", [gzip.compress, bytes], ids=["compressed", "unpacked"])
@pytest.mark.usefixtures("_small_parts")
def test_parts_broken_and_empty_lines(compress):
    lines = [line(1), b"", line(2), b"{", line(3), b"x" * 200_000, b"  ", line(4), line(5)]
    parts = list(read_parts(BytesIO(compress(b"\r\n".join(lines)))))
    assert [[film.tmdb_id for film in part.films] for part in parts] == [[1, 2], [3], [4], [5]]
    assert [reason for part in parts for reason in part.broken] == [
        "Line 4: not a JSON object.",
        "Line 6: not a JSON object.",
    ]


def test_a_file_cut_off_or_damaged_gives_what_was_before():
    numbers = range(1, 5_001)
    whole = gzip.compress(b"\n".join(line(number, noise=number**9) for number in numbers))
    ids, _, error = read(whole[: len(whole) // 2])
    assert 1_000 < len(ids) < 4_000
    assert error == f"The file ends too early, after line {len(ids):,}. Download it again."
    damaged = bytearray(whole)
    damaged[-6] ^= 0xFF  # the checksum
    ids, _, error = read(bytes(damaged))
    assert ids == list(numbers)[:-1]
    assert error == "The file is damaged, after line 4,999. Download it again."
    damaged = whole[:5_000] + b"\0" * 5_000 + whole[10_000:]
    assert read(damaged)[2].startswith("The file is damaged, after line ")


@pytest.mark.parametrize("content", [b"", gzip.compress(b""), b"\n\n"], ids=["empty", "compressed", "blank lines"])
def test_nothing_in_it(content):
    assert read(content) == ([], [], "")


def test_memory_does_not_grow_with_the_file():
    def peak(lines):
        content = gzip.compress(b"\n".join(line(1) for _ in range(lines)))
        tracemalloc.start()
        try:
            assert sum(len(part) for part in read_parts(BytesIO(content))) == lines
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(40_000) < 1.2 * peak(20_000)
