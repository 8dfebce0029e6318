"""A film with sessions cannot be deleted: over the API, in the admin, on pages or by a sync."""

import pytest
from django.urls import reverse

from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.tests.factories import SessionFactory
from movies.models import Movie
from movies.providers import duplicates
from movies.providers.duplicates import MergeCounts
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

DEPENDS = "Other things still depend on this, so it stays."
LIST = "/admin/movies/movie/"


@pytest.fixture
def film():
    return SessionFactory(movie__title="Heat").movie


@pytest.fixture
def manager(client):
    user = ManagerFactory()
    client.force_login(user)
    return user


@pytest.mark.usefixtures("manager")
def test_deleting_over_the_api(client, film):
    other = MovieFactory()
    for answer in (
        client.delete(f"/api/v1/movies/{film.pk}"),
        client.delete("/api/v1/movies/bulk", {"ids": [other.pk, film.pk]}, "application/json"),
    ):
        body = answer.json()
        assert (answer.status_code, body["code"], body["message"]) == (409, "conflict", DEPENDS)
    assert set(Movie.objects.all()) == {film, other}


@pytest.mark.usefixtures("manager")
def test_deleting_in_the_admin(client, film):
    other = MovieFactory()
    answer = client.post(reverse("admin:movies_movie_delete", args=[film.pk]), {"post": "yes"}, follow=True)
    assert answer.status_code == 200
    assert DEPENDS in answer.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [other.pk, film.pk], "post": "yes"}
    answer = client.post(LIST, chosen, follow=True)
    assert answer.status_code == 200
    assert DEPENDS in answer.content.decode()
    assert set(Movie.objects.all()) == {film, other}


def test_deleting_on_the_pages(client):
    """Private films have no sessions; if one had, its owner would see the reason."""
    owner = UserFactory()
    client.force_login(owner)
    film = SessionFactory(movie__tmdb_id=None, movie__owner=owner, movie__title="Mine").movie
    answer = client.post(f"/my-movies/{film.pk}/delete/", follow=True)
    assert answer.status_code == 200
    assert "Other things still depend on “Mine”, so it can’t be deleted." in answer.content.decode()
    assert Movie.objects.get() == film


def test_merging_duplicates_in_a_sync():
    film = SessionFactory(movie__tmdb_id=7).movie
    MovieFactory(tmdb_id=None, imdb_id="tt0000007")
    assert duplicates.merge_duplicates({7: "tt0000007"}) == MergeCounts(merged=1)
    assert Movie.objects.get() == film
    SessionFactory(movie__tmdb_id=None, movie__imdb_id="tt0000008")
    SessionFactory(movie__tmdb_id=8)
    assert duplicates.merge_duplicates({8: "tt0000008"}) == MergeCounts(left_apart=1)
    assert Movie.objects.count() == 3
