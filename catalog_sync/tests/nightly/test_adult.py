"""Films that TMDB flags as adult: out of the public catalogue, counted as what they are, asked about once a month."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync import lookup
from catalog_sync.nightly.details import sync_details
from catalog_sync.nightly.lists import sync_movies
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.fakes.tmdb import details_json, movie_json
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SyncState
from movies.providers import adult
from movies.tests.factories import GenreFactory, MovieFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

Decision = SyncState.AdultDecision


@pytest.fixture
def flagged(fake_tmdb):
    fake_tmdb.page(1, [movie_json(7, adult=True)])
    fake_tmdb.films[7] = details_json(7, adult=True)
    return fake_tmdb


def film(**values):
    return MovieFactory(tmdb_id=7, title="Lantern", **values)


def test_the_details_withdraw_a_film_and_it_is_asked_about_in_a_month(flagged):
    film()
    assert outcome(sync_details()) == {"status": "success", "updated": 1, "remarks": {"adult": 1}}
    assert Movie.objects.get().withdrawn
    assert outcome(sync_details()) == {"status": "success"}
    SyncState.objects.update(details_synced_at=timezone.now() - timedelta(days=31))
    assert outcome(sync_details()) == {"status": "success", "unchanged": 1, "remarks": {"adult": 1}}
    assert flagged.count("/movie/7") == 2


def test_the_lists_withdraw_it_too_and_create_none(flagged):
    GenreFactory(tmdb_id=18)
    assert outcome(sync_movies(1)) == {"status": "success", "unchanged": 1, "remarks": {"adult": 1}}
    assert not Movie.objects.exists()
    known = film()
    assert outcome(sync_movies(1)) == {"status": "success", "updated": 1, "remarks": {"adult": 1}}
    known.refresh_from_db()
    assert (known.withdrawn, known.title) == (True, "Lantern")
    assert outcome(sync_movies(1)) == {"status": "success", "unchanged": 1, "remarks": {"adult": 1}}


def test_a_film_on_the_programme_stays_until_a_manager_decides(flagged):
    shown = film(showing_until=timezone.now() + timedelta(days=1))
    sync_details()
    shown.refresh_from_db()
    assert (shown.withdrawn, shown.sync_state.adult_flagged_at is None) == (False, False)
    adult.decide(shown, Decision.HIDDEN)
    shown.refresh_from_db()
    assert shown.withdrawn


def test_what_a_manager_decided_stays(flagged):
    kept = film()
    sync_details()
    adult.decide(kept, Decision.SHOWN)
    SyncState.objects.update(details_wanted=True)
    sync_details()
    kept.refresh_from_db()
    assert not kept.withdrawn
    adult.decide(kept, Decision.HIDDEN)
    flagged.films[7] = details_json(7)
    SyncState.objects.update(details_wanted=True)
    sync_details()
    kept.refresh_from_db()
    assert kept.withdrawn


def test_a_film_whose_flag_is_taken_back_returns(flagged):
    back = film()
    sync_details()
    flagged.films[7] = details_json(7)
    SyncState.objects.update(details_wanted=True)
    assert outcome(sync_details()) == {"status": "success", "unchanged": 1}
    back.refresh_from_db()
    assert (back.withdrawn, back.sync_state.adult_flagged_at) == (False, None)


def test_a_film_without_a_flag_takes_no_decision(fake_tmdb):
    plain = film()
    adult.decide(plain, Decision.HIDDEN)
    plain.refresh_from_db()
    assert not plain.withdrawn


class TestWithdrawn:
    """Who sees a withdrawn film, and where."""

    @pytest.fixture
    def withdrawn(self):
        genre = GenreFactory(name="Drama")
        MovieFactory(title="Public", tmdb_id=8, genres=[genre])
        return film(withdrawn=True, popularity=9_999, imdb_id="tt0000007", year=2019, genres=[genre])

    def test_no_list_and_no_search_has_it(self, client, withdrawn):
        films = client.get("/api/v1/movies").json()["items"]
        assert [movie["title"] for movie in films] == ["Public"]
        for path in ("/api/v1/movies/search?query=lant", "/api/v1/movies/suggest?query=lant", "/movies/?query=lant"):
            assert "Lantern" not in client.get(path).content.decode()
        assert client.get("/").context["films_total"].number == 1
        assert "Lantern" not in client.get("/").content.decode()

    def test_visitors_cannot_open_it_unless_it_is_on_the_programme(self, client, withdrawn):
        api = f"/api/v1/movies/{withdrawn.pk}"
        assert [client.get(path).status_code for path in (api, withdrawn.get_absolute_url())] == [404, 404]
        Movie.objects.filter(pk=withdrawn.pk).update(showing_until=timezone.now() + timedelta(hours=1))
        assert [client.get(path).status_code for path in (api, withdrawn.get_absolute_url())] == [200, 200]

    def test_those_who_have_it_in_their_library_and_managers_can_open_it(self, client, withdrawn):
        holder, stranger = WatchlistItemFactory(movie=withdrawn).user, UserFactory()
        found = {}
        for user in (holder, stranger, ManagerFactory()):
            client.force_login(user)
            found[user] = client.get(withdrawn.get_absolute_url())
        assert [response.status_code for response in found.values()] == [200, 404, 200]
        assert "This film is not listed in our catalogue." in found[holder].content.decode()
        client.force_login(holder)
        assert "Lantern" in client.get("/watchlist/").content.decode()

    def test_a_look_up_neither_finds_it_nor_asks_omdb(self, fake_omdb, withdrawn):
        for query in ({"title": "Lantern"}, {"imdb_id": "tt0000007"}):
            with pytest.raises(lookup.UnknownFilm):
                lookup.find(**query)
        assert fake_omdb.requests == []
        fake_omdb.titles = {"tt0000007": title_json(7, Title="Lantern or: The Keeper")}
        with pytest.raises(lookup.UnknownFilm):
            lookup.find("Lantern or: The Keeper")
        assert len(fake_omdb.requests) == 1
