"""Films that a manager should look at, in the admin."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync.admin.film_cases import CASES
from movies.models import FormerFilm, Movie, SyncState
from movies.tests.factories import MovieFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:catalog_sync_filmcase_changelist")


@pytest.fixture
def manager(client):
    client.force_login(ManagerFactory())
    return client


def film(title, *, movie=None, **state):
    movie = MovieFactory(title=title, **(movie or {}))
    if state:
        SyncState.objects.create(movie=movie, **state)
    return movie


def listed(client, **filters):
    return sorted(str(row.title) for row in client.get(LIST, filters).context["cl"].result_list)


def act(client, action, *films):
    data = {"action": action, "_selected_action": [row.pk for row in films]}
    response = client.post(LIST, data, follow=True)
    return [str(message) for message in response.context["messages"]]


def test_every_case_is_listed_and_filtered(manager):
    now = timezone.now()
    film("Plain", details_synced_at=now)
    film("Adult", adult_flagged_at=now)
    film("Kept", adult_flagged_at=now, adult_decision="shown")
    film("Gone", tmdb_vanished_at=now)
    film("Twin", twin=film("Other"))
    FormerFilm.objects.create(tmdb_id=9_999, movie=film("Moved"))
    FormerFilm.objects.create(film_id=9_999, movie=Movie.objects.get(title="Moved"))
    film("Odd", movie={"certification": "Foo"})
    film("Known", movie={"certification": "G", "age_restriction": 0})
    film("Private", movie={"certification": "Foo", "owner": UserFactory(), "tmdb_id": None})
    assert listed(manager) == ["Adult", "Gone", "Kept", "Moved", "Odd", "Twin"]
    filtered = {case: listed(manager, case=case) for case in CASES}
    assert list(filtered.values()) == [["Adult"], ["Kept"], ["Gone"], ["Twin"], ["Moved"], ["Odd"]]
    page = manager.get(LIST).content.decode()
    for sentence in ("Flagged as adult by TMDB", "Deleted at TMDB", "It was before: ", "certification “Foo”", "“Other"):
        assert sentence in page
    assert manager.get(LIST, {"case": "nonsense"}).status_code == 200


def test_a_manager_decides_about_adult_films(manager):
    movie = film("Adult", movie={"withdrawn": True}, adult_flagged_at=timezone.now())
    plain = film("Gone", tmdb_vanished_at=timezone.now())
    assert act(manager, "keep_listed", movie) == ["1 film was kept in the public catalogue."]
    assert Movie.objects.filter(withdrawn=False).count() == 2
    act(manager, "withdraw", movie, plain)
    assert list(Movie.objects.filter(withdrawn=True)) == [movie]


def test_two_rows_of_one_film_are_merged(manager):
    ours = film("Ours", movie={"tmdb_id": None, "imdb_id": "tt0000007"})
    theirs = film("Theirs", movie={"tmdb_id": 7}, twin=ours)
    items = [WatchlistItemFactory(movie=movie) for movie in (ours, theirs)]
    assert act(manager, "merge", theirs) == ["1 film was merged with the other row."]
    assert list(Movie.objects.values_list("pk", "tmdb_id", "imdb_id")) == [(ours.pk, 7, "tt0000007")]
    for item in items:
        item.refresh_from_db()
        assert item.movie_id == ours.pk


def test_two_films_of_tmdb_are_not_merged(manager):
    one = film("One", movie={"tmdb_id": 8, "imdb_id": "tt0000007"})
    two = film("Two", movie={"tmdb_id": 7}, twin=one)
    (message,) = act(manager, "merge", two)
    assert message.endswith("TMDB has both as films of their own, so they stay apart here too.")
    gone = film("Gone", movie={"tmdb_id": 9}, tmdb_vanished_at=timezone.now())
    (message,) = act(manager, "merge", gone)
    assert message.endswith("This film has no second row any more.")
    assert Movie.objects.count() == 3


def test_customers_have_no_such_page(client):
    client.force_login(UserFactory())
    assert client.get(LIST).status_code == 302


def test_the_queries_do_not_grow(manager):
    counts = []
    for number in range(3):
        film(f"Odd {number}", movie={"certification": "Foo"}, twin=film(f"Other {number}"))
        with CaptureQueriesContext(connection) as queries:
            manager.get(LIST)
        counts.append(len(queries))
    assert counts[1] == counts[2]
