import string
from dataclasses import astuple
from itertools import groupby

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.models import Place, Seat
from cinema.rooms.plans import MOST_SEATS, measure, parse, rectangle, render

STANDARD, WHEELCHAIR, COMPANION = Seat.Kind.STANDARD, Seat.Kind.WHEELCHAIR, Seat.Kind.COMPANION

lines = st.text("swcSWC_", max_size=60)
plans = st.lists(lines, min_size=1, max_size=33).map("\n".join).filter(lambda text: set(text) - set("_\n"))


def mistakes(text):
    with pytest.raises(ValidationError) as refused:
        parse(text)
    assert list(refused.value.message_dict) == ["plan"]
    return refused.value.message_dict["plan"]


def test_rows_have_letters_and_seats_have_numbers():
    assert parse("ss_s\n\nwC") == [
        Place("A", 1, STANDARD, 0, 0),
        Place("A", 2, STANDARD, 0, 1),
        Place("A", 3, STANDARD, 0, 3),
        Place("B", 1, WHEELCHAIR, 2, 0),
        Place("B", 2, COMPANION, 2, 1),
    ]
    assert [place.label for place in parse("s_s")] == ["A1", "A2"]


def test_after_z_comes_aa():
    rows = [place.row for place in parse("\n".join("s" * 60))]
    assert rows[:2] + rows[25:28] + rows[51:53] + rows[-1:] == ["A", "B", "Z", "AA", "AB", "AZ", "BA", "BH"]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("SWC", "swc"),
        ("ss__\n_ss", "ss\n_ss"),
        ("ss \t\r\nss\r\n\r\n", "ss\nss"),
        ("\n__\nss", "_\n_\nss"),
        ("ss\n\nss\n___\n", "ss\n_\nss"),
        ("ss\rss", "ss\nss"),
    ],
)
def test_normal_form(text, normal):
    assert render(parse(text)) == normal
    assert render(parse(normal)) == normal
    assert parse(normal.strip()) == parse(text)


@settings(deadline=None)
@given(plans)
def test_a_plan_is_the_same_after_a_round_trip(text):
    places = parse(text)
    assert parse(render(places)) == places
    assert render(parse(render(places))) == render(places)
    assert render(reversed(places)) == render(places)


@settings(deadline=None)
@given(plans)
def test_every_seat_has_its_own_label_and_the_position_of_its_character(text):
    places = parse(text)
    assert len(places) == sum(character in "swc" for character in text.lower())
    assert (
        len({place.label for place in places}) == len(places) == len({(place.line, place.column) for place in places})
    )
    assert places == sorted(places, key=lambda place: (place.line, place.column))
    typed = text.lower().split("\n")
    assert all(typed[place.line][place.column] == place.kind[0] for place in places)
    by_row = {row: [place.number for place in seats] for row, seats in groupby(places, lambda place: place.row)}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_row.values())
    assert len(by_row) == len({place.line for place in places})


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        places = parse(text)
    except ValidationError as refused:
        result = refused.message_dict
    else:
        result = {"plan": places}
    assert list(result) == ["plan"]
    assert result["plan"]


def test_mistakes_are_named_by_line_and_column():
    assert mistakes("ss\nsxs_?\ns s") == [
        "Line 2, column 2: “x” does not belong in a plan. Use s, w, c or _.",
        "Line 2, column 5: “?” does not belong in a plan. Use s, w, c or _.",
        "Line 3, column 2: a space does not belong in a plan. Use s, w, c or _.",
    ]
    assert mistakes("s\0s\ns座") == [
        "Line 1, column 2: the character U+0000 does not belong in a plan. Use s, w, c or _.",
        "Line 2, column 2: “座” does not belong in a plan. Use s, w, c or _.",
    ]
    # The first is no line break, the second no letter that becomes an s.
    assert len(mistakes("s\u2028s\nsſ")) == 2
    assert len(mistakes(string.punctuation.replace("_", "") + "s")) == 20


@pytest.mark.parametrize("text", ["", " ", "\n\n", "___", "_\n_"])
def test_a_plan_without_seats_is_refused(text):
    assert mistakes(text) == ["A room has at least one seat."]


def test_the_limits_of_size():
    assert len(parse("\n".join(["s" * 40] * 50))) == MOST_SEATS
    assert mistakes("\n".join(["s" * 40] * 50 + ["s"])) == ["A room has at most 2,000 seats; these are 2,001."]
    assert len(parse("s" * 60 + "_" * 1000 + "\n" * 500)) == 60
    assert mistakes("s\n" + "s" * 61) == ["Line 2 has more than 60 columns."]
    assert mistakes("s\n" * 61) == ["At most 60 lines; these are 61."]
    assert len(mistakes("\n".join(["s" * 61] * 60))) == 20


def test_rectangles():
    assert rectangle(2, 3) == "sss\nsss"
    assert len(parse(rectangle(50, 40))) == MOST_SEATS
    for size, errors in {
        (0, 61): {"rows": ["Give 1 to 60 rows."], "seats_per_row": ["Give 1 to 60 seats in a row."]},
        (-1, 1): {"rows": ["Give 1 to 60 rows."]},
        (60, 60): {"rows": ["A room has at most 2,000 seats; these are 3,600."]},
    }.items():
        with pytest.raises(ValidationError) as refused:
            rectangle(*size)
        assert refused.value.message_dict == errors


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("sss\nsss", (2, 3, 6, 0, 0)),
        ("s", (1, 1, 1, 0, 0)),
        ("_ss\n_ss", (2, None, 4, 0, 0)),
        ("ss\n\nss", (2, None, 4, 0, 0)),
        ("ss\ns\nsss", (3, None, 6, 0, 0)),
        ("wcc\nssw", (2, None, 6, 2, 2)),
    ],
)
def test_the_size_of_a_plan(text, size):
    assert astuple(measure(parse(text))) == size


def test_the_size_of_a_room_without_seats():
    assert astuple(measure([])) == (0, None, 0, 0, 0)
    assert render([]) == ""
