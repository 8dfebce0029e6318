"""Reading of files: encodings, delimiters, limits, and files that are refused."""

import json

import pytest

from movies.importing import formats
from movies.importing.reading import decode, is_json, parse_csv, parse_json
from movies.tests.importing.files import HEAT, LETTERBOXD, contents_of, error_of, read

REVIEWED = f"{LETTERBOXD},Rating,Rewatch,Review,Tags,Watched Date"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "This file is not recognised."),
        ("[1]", "This file is not recognised."),
        ('{"marquee": 2}', "This export has an unknown version; version 1 is supported."),
        ('{"marquee": true}', "This export has an unknown version; version 1 is supported."),
        ('{"marquee": 1, "films": 5}', "“films” is not a list of objects."),
        ('{"marquee": 1, "films": [5]}', "“films” is not a list of objects."),
        ('{"marquee": 1}', "The file has no rows."),
        ('{"marquee": 1', "The file is not valid JSON: Expecting ',' delimiter at line 1 column 14."),
        ('{"marquee": NaN}', "The file is not valid JSON: NaN is not a JSON number."),
        ('{"marquee": 1' + "0" * 5000 + "}", "The file is not valid JSON: a number is too large."),
        ('{"marquee": 1, "films": [{"title": "\\u0000"}]}', "The file contains characters that cannot be stored."),
        ('{"marquee": 1, "films": [{"title": "\\ud800"}]}', "The file contains characters that cannot be stored."),
        ("[" * 100_000, "The file is nested too deeply."),
        (json.dumps({"marquee": 1, "ratings": [{}] * 20_001}), "The file has more than 20,000 rows."),
    ],
    ids=range(14),
)
def test_refused_json(text, message):
    assert error_of(text).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b" \r\n ", "The file is empty."),
        (b"\xff\xfe", "The file is empty."),
        (b"Caf\xe9", "This file is not recognised."),
        (b"Caf\x81", "The encoding of the file is unknown. Save it as “CSV UTF-8” and try again."),
        (b"\xff\xfeabc", "The encoding of the file is unknown."),
        (b"a,b\0c", "The file contains NUL characters, so it is not a text file."),
        (b"\x89PNG\r\n\x1a\n\0\0", "The file contains NUL characters, so it is not a text file."),
        (b"Title,Year\nHeat,1995", "This file is not recognised. You can import exports of Marquee"),
        (b"hello", "This file is not recognised."),
        (b"sep=;", "This file is not recognised."),
        (f"{LETTERBOXD},Rating\n".encode(), "The file has no rows."),
        (
            f'{LETTERBOXD},Rating\n"a" b,c'.encode(),
            "The file cannot be read at line 2: its quotation marks do not match.",
        ),
        (f'{LETTERBOXD},Rating\n"a'.encode(), "The file cannot be read at line 2: its quotation marks do not match."),
        (f"{LETTERBOXD},Rating\n{'x' * 200_000}".encode(), "The file cannot be read at line 2: a cell is too long."),
        (f"{LETTERBOXD},Rating\n{'x' * 1_000_001}".encode(), "Line 2 is longer than 1,000,000 characters."),
        ((",".join(f"c{n}" for n in range(10_000)) + "\n").encode(), "The file has more than 200 columns."),
        (f"{LETTERBOXD},Rating\n{',' * 10_000}x".encode(), "Line 2 has more than 200 cells."),
        (f"{LETTERBOXD},Rating\n".encode() + b"\n" * 20_001, "The file has more than 20,000 rows."),
        (f"{LETTERBOXD},Rating\n".encode() + b"a,b,1999,c,3\n" * 20_001, "The file has more than 20,000 rows."),
    ],
    ids=range(20),
)
def test_refused_files(content, message):
    assert error_of(content).startswith(message)


def test_a_file_may_have_25_megabytes():
    assert error_of(b"x" * 25 * 1024**2) == "Line 1 is longer than 1,000,000 characters."
    assert error_of(b"x" * 25 * 1024**2 + b"x") == "The file is larger than 25 MB."


def test_a_file_may_have_20_000_rows():
    _, rows, _ = formats.read_file(f"{LETTERBOXD},Rating\n".encode() + b"2024-01-01,b,1999,c,3\n" * 20_000)
    assert len(rows) == 20_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_encodings(encoding):
    bom = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-32-be": b"\0\0\xfe\xff"}.get(encoding, b"")
    content = bom + f"{LETTERBOXD},Rating\n2024-01-05,Амели 🎬,2001,u,4".encode(encoding)
    assert read(content)[1][0][2]["title"] == "Амели 🎬"
    assert contents_of(content).notes == []


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16"), ("cp1252", "Windows-1252")]
)
@pytest.mark.parametrize("title", ["Amélie", "“Ça” – für Anfänger", "Café"])
def test_an_encoding_that_the_file_does_not_tell_is_guessed_and_said(encoding, name, title):
    source, (row,), notes = contents_of(f"{LETTERBOXD},Rating\n2024-01-05,{title},2001,u,4".encode(encoding))
    assert (source, row.said["title"]) == ("letterboxd", title)
    said = f"The file does not tell its encoding. It was read as {name}: please check the accents in titles."
    assert notes == [said]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_told_where_other_bytes_are_zero_too(encoding):
    text = f"{LETTERBOXD},Rating\n2024-01-05,一一,2001,u,4\n2024-01-05,Āā　一,2001,u,4"
    _, rows, notes = contents_of(text.encode(encoding))
    assert [row.said["title"] for row in rows] == ["一一", "Āā　一"]
    assert len(notes) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_second_mark_is_no_part_of_the_heading(encoding):
    assert read(f"\ufeff{LETTERBOXD},Rating\n{HEAT},4".encode(encoding))[1][0][2]["at"] == "2024-01-05"


def test_line_ends_of_old_macs():
    text = f'{REVIEWED}\r{HEAT},4,,"One,\r""two"".",,\r2024-01-06,Ran,1985,u,4,,,,\r'
    assert [(line, said["title"], said.get("review")) for line, _, said in read(text)[1]] == [
        (2, "Heat", 'One,\n"two".'),
        (4, "Ran", None),
    ]


def test_the_beginning_of_a_large_file_may_end_inside_a_character():
    content = "é".encode()
    assert decode(b"a" + content[:1], is_whole=False) == "a"
    assert decode(b"a" + content[:1]) == "aÃ"


@pytest.mark.parametrize(
    "text",
    [
        "date;name;year;letterboxd uri;rating\n2024-01-05;Heat;1995;u;4,5",
        "sep=;\r\nDate;Name;Year;Letterboxd URI;Rating\r\n2024-01-05;Heat;1995;u;4,5\r\n",
        "Date\tName\tYear\tLetterboxd URI\tRating\n2024-01-05\tHeat\t1995\tu\t4.5",
        ' RATING ,year,NAME,"letterboxd  uri",Date,Another\n4.50,1995.0, Heat ,u,2024-01-05,x,y\n\n , ,\n',
    ],
)
def test_files_saved_by_spreadsheets(text):
    (line, _, values), *others = read(text)[1]
    assert values == {"title": "Heat", "year": 1995, "rating": 9, "at": "2024-01-05"}
    assert others == []
    assert line == (3 if text.startswith("sep") else 2)


def test_line_numbers_count_line_breaks_inside_cells():
    lines = list(parse_csv('a,b\n1,"x\ny\nz"\n\n2,"\n"\n3,4').lines)
    assert [(line.number, line.cell("a")) for line in lines] == [(2, "1"), (6, "2"), (8, "3")]


def test_the_source_can_be_chosen():
    text = f"{LETTERBOXD},Rating\n{HEAT},4"
    assert read(text, source="letterboxd")[0] == "letterboxd"
    assert error_of(text, source="imdb").startswith("This is not a file from IMDb. You can import")
    assert error_of('{"marquee": 1, "ratings": [{}]}', source="imdb").startswith("This is not a file from IMDb.")


def test_json_is_told_from_csv():
    assert is_json('\n {"a": 1}')
    assert not is_json("a,b")
    assert parse_json(decode(b'\xef\xbb\xbf{"a": [1]}')) == {"a": [1]}
