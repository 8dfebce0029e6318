"""Old addresses and open forms of a row that was merged into another film."""

import pytest
from django.db import transaction

from movies.models import Rating, Viewing, WatchlistItem
from movies.providers.merging import merge_films
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def film():
    return MovieFactory(title="Heat")


@pytest.fixture
def former(film):
    row = MovieFactory()
    with transaction.atomic():
        merge_films(film, row)
    return row.pk


def test_pages_lead_to_the_film(signed_in, film, former):
    for rest in ("", "ratings/"):
        answer = signed_in.get(f"/movies/{former}-old/{rest}")
        assert (answer.status_code, answer["Location"]) == (301, f"{film.get_absolute_url()}{rest}")
    assert signed_in.get(f"/how-was-it/{former}/").context["movie"] == film


def test_forms_that_were_open_go_to_the_film(signed_in, ana, film, former):
    signed_in.post(f"/movies/{former}/rating/", {"rating": "8"})
    signed_in.post(f"/movies/{former}/seen/", {"day": "2026-01-02"})
    signed_in.post("/watchlist/toggle/", {"keep": former})
    signed_in.post(f"/how-was-it/{former}/", {"rating": "9"})
    assert Rating.objects.get(user=ana, movie=film).rating == 9
    assert Viewing.objects.get(user=ana).movie == film
    assert WatchlistItem.objects.get(user=ana).movie == film
