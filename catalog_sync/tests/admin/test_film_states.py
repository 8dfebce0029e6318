"""The sync state of films in the admin."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync import tasks
from catalog_sync.admin import film_states
from catalog_sync.id_export import awaited
from catalog_sync.models import SyncLog
from catalog_sync.tests.fakes.tmdb import details_json
from catalog_sync.tests.nightly.outcomes import outcome
from common.services import publishing
from movies.models import Movie, SyncState
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:catalog_sync_filmstate_changelist")


@pytest.fixture
def manager(client):
    client.force_login(ManagerFactory())
    return client


@pytest.fixture
def refreshed(monkeypatch):
    """Return a list that collects the films sent to a worker."""
    given = []
    monkeypatch.setattr(publishing, "publish", lambda _name, args: given.append(*args))
    return given


def film(title, *, source="", **state):
    movie = MovieFactory(title=title, poster_source=source)
    if state:
        SyncState.objects.create(movie=movie, **state)
    return movie


def listed(client, **filters):
    return [str(row.title) for row in client.get(LIST, filters).context["cl"].result_list]


def ago(**delta):
    return timezone.now() - timedelta(**delta)


def test_the_filters(manager):
    film("Never listed in full")
    film("Never", details_wanted=True)
    film("Long ago", details_synced_at=ago(days=31))
    film("Fresh", details_synced_at=ago(days=29))
    film("Vanished", details_synced_at=ago(days=1), tmdb_vanished_at=ago(days=1))
    failed = {"poster_source_failed": "/a.jpg", "details_synced_at": ago(days=1)}
    film("Failed", source="/a.jpg", **failed)
    film("Failed once", source="/b.jpg", **failed)
    film("Nothing any more", **failed)
    assert sorted(listed(manager, stale="yes")) == ["Long ago", "Never", "Never listed in full"]
    assert len(listed(manager, stale="no")) == 5
    assert listed(manager, vanished="yes") == ["Vanished"]
    assert listed(manager, poster_failed="yes") == ["Failed"]
    assert len(listed(manager, poster_failed="no")) == len(listed(manager, vanished="no")) == 7
    assert listed(manager, q="long ago") == listed(manager, q="long ago", o="1") == ["Long ago"]


def test_only_catalogue_films_with_a_tmdb_id(manager):
    MovieFactory(title="Mine", owner=UserFactory(), tmdb_id=None)
    MovieFactory(title="By hand", tmdb_id=None)
    assert listed(manager) == []


@pytest.mark.parametrize(
    ("movie", "state", "text"),
    [
        ({}, {}, "None at TMDB."),
        ({"poster_source": "/a.jpg"}, {}, "Not fetched yet."),
        ({"poster_source": "/a.jpg", "poster_key": "ab" * 16}, {}, "Stored."),
        ({"locked_fields": ["poster_source"], "poster_source": "/a.jpg"}, {}, "Set by a manager."),
        (
            {"poster_source": "/a.jpg"},
            {"poster_source_failed": "/a.jpg", "poster_failures": 1, "poster_problem": "Too small."},
            "Failed once. Too small.",
        ),
        (
            {"poster_source": "/a.jpg"},
            {"poster_source_failed": "/a.jpg", "poster_failures": 3, "poster_problem": "Not there."},
            "Failed 3 times. Not there.",
        ),
    ],
)
def test_the_state_of_the_poster(manager, movie, state, text):
    SyncState.objects.create(movie=MovieFactory(**movie), **state)
    assert text in manager.get(LIST).content.decode()


def test_the_state_of_the_details(manager):
    moment = timezone.now().replace(year=2021, month=3, day=4, hour=5, minute=6)
    SyncState.objects.create(movie=MovieFactory(), details_synced_at=moment, details_wanted=True)
    MovieFactory()
    page = manager.get(LIST).content.decode()
    assert "2021-03-04 05:06 Requested." in page
    assert "Never." in page


def test_the_queries_do_not_grow(manager, django_assert_max_num_queries):
    counts = []
    manager.get(LIST)  # asks what counting costs
    for wanted in (1, 3):
        while Movie.objects.count() < wanted:
            film("With a state", details_wanted=True)
            film("Without")
        with django_assert_max_num_queries(20) as queries:
            manager.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def refresh(client, *films):
    chosen = [movie.pk for movie in films]
    response = client.post(LIST, {"action": "refresh", "_selected_action": chosen}, follow=True)
    return [str(message) for message in response.context["messages"]]


def test_refresh_now(manager, refreshed, django_capture_on_commit_callbacks):
    first, second, _ = film("One"), film("Two", details_synced_at=ago(days=1)), film("Three")
    with django_capture_on_commit_callbacks(execute=True):
        assert refresh(manager, first, second) == ["2 films are being refreshed: a worker starts in a moment."]
    assert sorted(refreshed[0]) == sorted([first.pk, second.pk])
    assert SyncState.objects.filter(details_wanted=True).count() == 2
    assert refresh(manager, first) == ["1 film is being refreshed: a worker starts in a moment."]


def test_not_too_many_at_once(manager, refreshed, monkeypatch):
    monkeypatch.setattr(film_states, "MAX_REFRESHED", 1)
    assert refresh(manager, film("One"), film("Two")) == ["Choose at most 1 films."]
    assert refreshed == []
    assert not SyncState.objects.exists()


def test_without_a_broker_it_is_left_to_the_night(manager, monkeypatch, django_capture_on_commit_callbacks):
    def away(_films):
        raise ConnectionError

    monkeypatch.setattr(publishing, "publish", away)
    movie = film("One")
    with django_capture_on_commit_callbacks(execute=True):
        assert refresh(manager, movie)
    assert SyncState.objects.get(movie=movie).details_wanted


def test_only_managers_refresh(client, refreshed):
    client.force_login(UserFactory())
    response = client.post(LIST, {"action": "refresh", "_selected_action": [film("One").pk]})
    assert (response.status_code, refreshed) == (302, [])
    assert not SyncState.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_fetches_details_and_poster(fake_tmdb, fake_images):
    movie = MovieFactory(tmdb_id=7)
    SyncState.objects.create(movie=movie, details_synced_at=ago(days=1))
    other = film("Not asked for", source="/poster8.jpg")
    fake_tmdb.films[7] = details_json(7)
    fake_images.add_images(7, 8)
    tasks.refresh_films([movie.pk])
    runs = {run.entity_type: outcome(run) for run in SyncLog.objects.all()}
    assert runs == {
        "details": {"status": "success", "updated": 1},
        "posters": {"status": "success", "created": 1},
    }
    movie.refresh_from_db()
    other.refresh_from_db()
    assert (movie.title, bool(movie.poster_key), other.poster_key) == ("The Lantern Keeper 7", True, "")


def test_how_far_the_id_export_is(manager, settings):
    assert "id export" not in manager.get(LIST).content.decode()
    settings.TMDB_NEW_PER_NIGHT = 2
    for waiting, sentence in (
        ({1: 1.0}, "1 film of TMDB’s id export not fetched yet: to come in the next night."),
        ({2: 1.0, 3: 1.0}, "3 films of TMDB’s id export not fetched yet: to come in 2 nights, 2 in each,"),
    ):
        awaited.add(waiting)
        assert sentence in manager.get(LIST).content.decode()
    settings.TMDB_NEW_PER_NIGHT = 0
    assert "No night does, because TMDB_NEW_PER_NIGHT is 0." in manager.get(LIST).content.decode()
