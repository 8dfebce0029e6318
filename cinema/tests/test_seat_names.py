"""How seats are written for people, with their kinds of place."""

import pytest

from cinema.models import Place, Seat, name_seats

KINDS = {"A": "standard", "W": "wheelchair", "C": "companion"}


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ("A1", "seat A1"),
        ("A1 A2 A3", "seats A1, A2 and A3"),
        ("W1", "wheelchair place W1"),
        ("W1 C1", "wheelchair place W1 and companion seat C1"),
        ("W1 C1 A1", "wheelchair place W1, companion seat C1 and seat A1"),
        ("A1 W1 A2", "seats A1 and A2, and wheelchair place W1"),
        ("W1 W2 C1 A1 A2", "wheelchair places W1 and W2, companion seat C1, and seats A1 and A2"),
        ("", ""),
    ],
)
def test_seats_in_words(labels, words):
    places = [Place(label[0], int(label[1:]), KINDS[label[0]], 0, 0) for label in labels.split()]
    assert name_seats(places) == words
    assert name_seats(Seat(row=place.row, number=place.number, kind=place.kind) for place in places) == words


def test_one_seat_in_words():
    assert Seat(row="B", number=7, kind="wheelchair").name == "wheelchair place B7"
