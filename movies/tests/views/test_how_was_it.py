"""The page that asks for a rating by one tap."""

import re

import pytest
from django.db import IntegrityError
from django.test import Client

from accounts.tests.factories import NotificationFactory, UserFactory
from movies.library import ratings
from movies.models import Rating
from movies.tests.factories import MovieFactory, RatingFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def film():
    return MovieFactory(title="Heat & <Dust>")


@pytest.fixture
def page(film):
    return f"/how-was-it/{film.pk}/"


def buttons(response):
    """Return (value, classes) of every rating button, in order."""
    found = re.findall(r"<button([^>]*name=\"rating\"[^>]*)>", response.content.decode())
    attributes = [dict(re.findall(r'([\w-]+)="([^"]*)"', each)) for each in found]
    return [(int(each["value"]), set(each["class"].split())) for each in attributes]


def saved_rating():
    return list(Rating.objects.values_list("rating", "review"))


def test_ten_buttons(signed_in, page):
    response = signed_in.get(page)
    assert response.status_code == 200
    assert buttons(response) == [(rating, {"star"}) for rating in range(1, 11)]
    assert "How was Heat &amp; &lt;Dust&gt; ?" in text_of(response)
    assert "Rate 8 out of 10" in text_of(response)
    assert "Write a review" not in text_of(response)
    assert "no-store" in response.headers["Cache-Control"]


def test_one_tap_saves_the_rating(signed_in, ana, film, page):
    asked = NotificationFactory(user=ana, kind="how_was_it", link=page)
    other = NotificationFactory(user=ana, kind="how_was_it", link="/how-was-it/1000000/")
    response = signed_in.post(page, {"rating": "8"})
    assert (response.status_code, response.headers["Location"]) == (302, page)
    assert list(Rating.objects.values_list("user", "movie", "rating", "review")) == [(ana.pk, film.pk, 8, "")]
    thanks = signed_in.get(page)
    assert "Thank you! Your rating has been saved." in text_of(thanks)
    assert "You gave it 8 out of 10" in text_of(thanks)
    assert f'href="{film.get_absolute_url()}#yours"' in thanks.content.decode()
    assert "Write a review" in text_of(thanks)
    assert [value for value, classes in buttons(thanks) if "lit" in classes] == list(range(1, 9))
    assert [value for value, classes in buttons(thanks) if "chosen" in classes] == [8]
    for notice, read in ((asked, True), (other, False)):
        notice.refresh_from_db()
        assert (notice.read_at is not None) is read


def test_a_rating_is_changed_and_its_review_stays(signed_in, ana, film, page):
    RatingFactory(user=ana, movie=film, rating=3, review="Dull.")
    before = signed_in.get(page)
    assert "You gave it 3 out of 10" in text_of(before)
    assert "Change your review" in text_of(before)
    assert 'aria-current="true"' in before.content.decode()
    signed_in.post(page, {"rating": "9"})
    assert saved_rating() == [(9, "Dull.")]


def test_a_review_alone_is_asked_for_its_rating(signed_in, ana, film, page):
    RatingFactory(user=ana, movie=film, rating=None, review="Dull.")
    before = text_of(signed_in.get(page))
    assert "From 1 (worst) to 10 (best)" in before
    assert "Change your review" in before
    assert "You gave it" not in before
    signed_in.post(page, {"rating": "4"})
    assert saved_rating() == [(4, "Dull.")]


def test_the_rating_of_a_link_is_preselected_but_not_saved(signed_in, page):
    response = signed_in.get(f"{page}?rating=8")
    assert saved_rating() == []
    assert buttons(response)[0] == (8, {"button", "how-chosen"})
    assert "Rate 8 Or choose another" in text_of(response)
    assert [value for value, classes in buttons(response)[1:] if "chosen" in classes] == [8]
    assert signed_in.head(f"{page}?rating=8").status_code == 200
    assert saved_rating() == []


def test_the_current_rating_is_not_preselected(signed_in, ana, film, page):
    RatingFactory(user=ana, movie=film, rating=8)
    assert len(buttons(signed_in.get(f"{page}?rating=8"))) == 10


@pytest.mark.parametrize("wrong", ["0", "11", "x", "", "8.5", "-1", "\0", "9" * 50])
def test_invalid_ratings(signed_in, page, wrong):
    response = signed_in.get(page, {"rating": wrong})
    assert (response.status_code, len(buttons(response))) == (200, 10)
    response = signed_in.post(page, {"rating": wrong})
    assert response.status_code == 400
    assert ("Rate from 1 to 10." if wrong else "Choose a rating from 1 to 10.") in text_of(response)
    assert saved_rating() == []


def test_signing_in_leads_back_with_the_rating(client, page):
    response = client.get(f"{page}?rating=8")
    assert response.headers["Location"] == f"/account/sign-in/?next={page}%3Frating%3D8"
    assert client.post(page, {"rating": "8"}).status_code == 302
    assert saved_rating() == []


def test_only_visible_films_can_be_rated(signed_in):
    private = MovieFactory(owner=UserFactory(), tmdb_id=None)
    for pk in (private.pk, 10**9):
        assert signed_in.get(f"/how-was-it/{pk}/").status_code == 404
        assert signed_in.post(f"/how-was-it/{pk}/", {"rating": "8"}).status_code == 404
    assert signed_in.delete(f"/how-was-it/{private.pk}/").status_code == 405


def test_a_film_deleted_at_the_same_moment(signed_in, page, monkeypatch):
    def gone(*_):
        raise IntegrityError

    monkeypatch.setattr(ratings, "save_rating", gone)
    assert signed_in.post(page, {"rating": "8"}).status_code == 404


def test_rating_needs_a_csrf_token(ana, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post(page, {"rating": "8"}).status_code == 403


def test_number_of_queries(signed_in, ana, page, django_assert_num_queries):
    # Session, user, the film, its genres, their rating, the bell.
    with django_assert_num_queries(6):
        signed_in.get(page)
    # Session, user, the film, its genres, the rating, the notices that asked for it.
    with django_assert_num_queries(6):
        signed_in.post(page, {"rating": "8"})


def test_the_notification_has_the_same_buttons_until_it_is_read(signed_in, ana, film, page):
    NotificationFactory(user=ana, kind="how_was_it", link=page, text="How was Heat?")
    NotificationFactory(user=ana, kind="tickets_bought", link=page)
    listed = signed_in.get("/notifications/").content.decode()
    (form,) = re.findall(r'<form class="notification-buttons".*?</form>', listed, re.DOTALL)
    assert f'action="{page}"' in form
    assert "csrfmiddlewaretoken" in form
    assert "How was Heat?" in form
    assert re.findall(r'name="rating" value="(\d+)"', form) == [str(rating) for rating in range(1, 11)]
    signed_in.post(page, {"rating": "8"})
    assert "notification-buttons" not in signed_in.get("/notifications/").content.decode()
