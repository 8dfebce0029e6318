"""A ticket used at the entrance appears in the history, and verifies the rating of its holder."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.box_office import purchases
from cinema.tests.factories import SessionFactory

pytestmark = pytest.mark.django_db

MARK = '<span class="verified"><span aria-hidden="true">✓</span> Saw it here</span>'


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def post(client, path, **body):
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def test_check_in_verifies_the_rating():
    session = SessionFactory(starts_at=timezone.now() + timedelta(minutes=20))
    film, ana, bea = session.movie, UserFactory(username="ana"), UserFactory(username="bea")
    manager, anas, beas = (signed_in(user) for user in (ManagerFactory(), ana, bea))
    (ticket,) = purchases.buy(session.pk, ana, seats=["A1"]).tickets.all()
    for person, words in ((anas, "Grand."), (beas, "I saw it elsewhere.")):
        made = post(person, "ratings", movie_id=film.pk, rating=8, review=words)
        assert (made.status_code, made.json()["verified"]) == (201, False)
    page = film.get_absolute_url()
    assert MARK not in Client().get(page).content.decode()
    assert "Seen here" not in anas.get("/history/").content.decode()

    assert post(manager, "tickets/check-in", code=ticket.code).status_code == 200

    # The API: own ratings, all ratings of the film, the film, the history.
    own = anas.get("/api/v1/ratings").json()["items"]
    assert [(one["rating"], one["verified"]) for one in own] == [(8, True)]
    all_ratings = Client().get(f"/api/v1/ratings/movie/{film.pk}").json()["items"]
    assert {one["user"]["username"]: one["verified"] for one in all_ratings} == {"ana": True, "bea": False}
    assert anas.get(f"/api/v1/movies/{film.pk}").json()["my_rating"]["verified"] is True
    assert beas.get(f"/api/v1/movies/{film.pk}").json()["my_rating"]["verified"] is False
    (seen,) = anas.get("/api/v1/history").json()["items"]
    assert (seen["movie"]["id"], seen["source"]) == (film.pk, "ticket")
    assert beas.get("/api/v1/history").json()["items"] == []

    # The pages: the film, all its ratings, own ratings, the history.
    for address in (page, f"{page}ratings/"):
        _, *reviews = anas.get(address).content.decode().split('<article class="review">')
        assert [MARK in review for review in reviews] == [">ana<" in review for review in reviews]
        assert len(reviews) == 2
    assert "Marked as “Saw it here”" in anas.get(page).content.decode()
    assert "Marked as “Saw it here”" not in beas.get(page).content.decode()
    for address in ("/ratings/", "/history/"):
        assert "Seen here, with a ticket" in anas.get(address).content.decode()
        assert "Seen here, with a ticket" not in beas.get(address).content.decode()
    tickets = anas.get("/api/v1/tickets/me?when=used").json()["items"]
    assert [one["id"] for one in tickets] == [ticket.pk]
