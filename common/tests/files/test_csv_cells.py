import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.files import csv_cells

TEXTS = st.text(alphabet=st.one_of(st.sampled_from("'=+-@\t\r\n;\\\", a"), st.characters(exclude_categories=["Cs"])))
NAMES = TEXTS.map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-1", "'-1"),
        ("@home", "'@home"),
        ("\ttab", "'\ttab"),
        ("\rreturn", "'\rreturn"),
        ("'=1", "''=1"),
        ("''''@", "'''''@"),
        ("'Round Midnight", "'Round Midnight"),
        ("1=1", "1=1"),
        (" =1", " =1"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_run_is_escaped(text, cell):
    assert csv_cells.escape(text) == cell
    assert csv_cells.unescape(cell) == text


@given(TEXTS)
def test_every_text_survives_a_file(text):
    file = StringIO()
    csv.writer(file).writerow([csv_cells.escape(text), "x"])
    file.seek(0)
    ((cell, _),) = csv.reader(StringIO(file.getvalue(), newline=""))
    assert cell[:1] not in set("=+-@\t\r")
    assert csv_cells.unescape(cell) == text


@given(st.lists(NAMES))
def test_every_list_survives_a_cell(names):
    assert csv_cells.split(csv_cells.join(names)) == names


@pytest.mark.parametrize(
    ("cell", "texts"), [("", []), (" ; ;", []), ("A;B ; C", ["A", "B", "C"]), ("A\\", ["A\\"]), ("A\\;B", ["A;B"])]
)
def test_lists_that_people_wrote(cell, texts):
    assert csv_cells.split(cell) == texts
