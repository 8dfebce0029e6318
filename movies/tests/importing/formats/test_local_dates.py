"""Dates that a spreadsheet wrote: read where one day is meant, and else left out and said."""

import pytest

from movies.tests.importing.files import LETTERBOXD, read, remarks_of

HEADING = f"{LETTERBOXD},Rating".replace(",", ";")


def days(*dates):
    """Return the day that is read of each date in a file saved by a spreadsheet, None where it is left out."""
    lines = [f"{day};Film {number};2010;u;4,5" for number, day in enumerate(dates)]
    return [row[2].get("at") for row in read("\n".join([HEADING, *lines]))[1]]


def test_the_file_of_a_german_spreadsheet():
    text = f"{HEADING}\n13.01.2024;Inception;2010;u;4,5"
    said = {"title": "Inception", "year": 2010, "rating": 9, "at": "2024-01-13"}
    assert (read(text)[1], remarks_of(text)) == ([(2, "rating", said)], [])


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("3.4.2024", "2024-04-03"),
        ("03.04.2024 19:30", "2024-04-03"),
        ("3. 4. 2024", "2024-04-03"),
        ("13/01/2024", "2024-01-13"),
        ("1/13/2024", "2024-01-13"),
        ("13-01-2024", "2024-01-13"),
        ("2024/01/13", "2024-01-13"),
        ("2024. 1. 13.", "2024-01-13"),
        ("04/04/2024", "2024-04-04"),
        ("Sat Dec 31 00:00:00 2016", "2016-12-31"),
        ("03/04/2024", None),
        ("30.02.2024", None),
        ("13/13/2024", None),
        ("13.01.24", None),
        ("45304", None),
        ("Saturday", None),
    ],
)
def test_one_date(date, day):
    assert days(date) == [day]


def test_a_date_that_can_be_read_in_one_order_tells_the_order_of_the_others():
    assert days("03/04/2024", "13/04/2024") == ["2024-04-03", "2024-04-13"]
    assert days("03/04/2024", "04/13/2024") == ["2024-03-04", "2024-04-13"]
    assert days("03/04/2024", "13/04/2024", "04/13/2024") == [None, None, None]


def test_a_day_that_is_left_out_is_said():
    text = f"{HEADING}\n03/04/2024;Inception;2010;u;4,5"
    said = "The day was left out: “03/04/2024” is not a date such as 2024-05-03."
    assert remarks_of(text) == [(2, "rating", said)]


def test_a_viewing_needs_its_day():
    text = f"{HEADING};Rewatch;Tags;Watched Date\n01.02.2024;Inception;2010;u;4,5;;;03/04/2024"
    assert [(kind, said) for _, kind, said in read(text)[1]] == [
        ("viewing", "“03/04/2024” is not a date such as 2024-05-03."),
        ("rating", {"title": "Inception", "year": 2010, "rating": 9}),
    ]
