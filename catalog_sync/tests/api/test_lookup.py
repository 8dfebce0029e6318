"""GET /movies/lookup and its aliases."""

from urllib.parse import quote

import pytest
from django.urls import NoReverseMatch, reverse

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync.tests.fakes.omdb import title_json
from movies.models import Movie
from movies.tests.factories import MovieFactory, RatingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

LOOKUP = "/api/v1/movies/lookup"


@pytest.fixture
def fake(fake_omdb):
    fake_omdb.titles = {"tt0000007": title_json(7, Title="Lantern or: The Keeper 7")}
    return fake_omdb


def bearer(user):
    return {"Authorization": f"Bearer {tokens.open_sign_in(user).access}"}


def error_of(response):
    body = response.json()
    return response.status_code, body["code"], body["message"]


def errors_of(response):
    body = response.json()
    assert (response.status_code, body["code"]) == (400, "validation_failed")
    return {error["field"]: error["message"] for error in body["errors"]}


class TestAnswer:
    def test_the_shape_is_that_of_a_film(self, client, fake):
        found = client.get(LOOKUP, {"title": "lantern", "year": "2019"})
        assert found.status_code == 200
        movie = Movie.objects.get()
        assert found.json() == client.get(f"/api/v1/movies/{movie.pk}").json()
        assert found.json()["imdb_id"] == "tt0000007"
        assert found.json()["year"] == 2019

    def test_by_imdb_id(self, client, fake):
        assert client.get(LOOKUP, {"imdb_id": "tt0000007"}).json()["title"] == "Lantern or: The Keeper 7"

    def test_the_values_of_the_signed_in_user(self, client, fake):
        user, film = UserFactory(), MovieFactory(title="Held")
        rating, item = RatingFactory(user=user, movie=film), WatchlistItemFactory(user=user, movie=film)
        found = client.get(LOOKUP, {"title": "held"}, headers=bearer(user)).json()
        assert (found["my_rating"]["id"], found["my_watchlist_item"]["id"]) == (rating.pk, item.pk)
        assert client.get(LOOKUP, {"title": "held"}).json()["my_rating"] is None

    def test_some_fields_only(self, client, fake):
        film = MovieFactory(title="Held")
        assert client.get(LOOKUP, {"title": "held", "fields": "id,title"}).json() == {"id": film.pk, "title": "Held"}

    def test_an_unchanged_answer_is_not_sent_again(self, client, fake):
        MovieFactory(title="Held")
        etag = client.get(LOOKUP, {"title": "held"}).headers["ETag"]
        again = client.get(LOOKUP, {"title": "held"}, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        Movie.objects.update(runtime=7)
        assert client.get(LOOKUP, {"title": "held"}, headers={"If-None-Match": etag}).status_code == 200

    @pytest.mark.parametrize("films", [1, 3])
    def test_queries(self, client, fake, django_assert_num_queries, films):
        MovieFactory.create_batch(films, title="Held")
        with django_assert_num_queries(3):
            client.get(LOOKUP, {"title": "held"})
        with django_assert_num_queries(2):
            client.get(LOOKUP, {"title": "held"})


class TestRefused:
    @pytest.mark.parametrize(
        ("params", "errors"),
        [
            ({}, {"title": "Give a title, or an imdb_id."}),
            ({"title": ""}, {"title": "Give a title, or an imdb_id."}),
            ({"title": " \t"}, {"title": "Give a title, or an imdb_id."}),
            ({"title": "x" * 300}, {"title": "At most 200 characters."}),
            ({"title": "a\x00b"}, {"title": "NUL characters are not allowed."}),
            ({"title": "a\x07b"}, {"title": "Control characters are not allowed."}),
            ({"title": "Dune", "year": "soon"}, {"year": "Enter a whole number."}),
            ({"title": "Dune", "year": "-1"}, {"year": "Give a year from 1870 to 2200."}),
            ({"title": "Dune", "year": "9" * 300}, {"year": "Give a year from 1870 to 2200."}),
            ({"imdb_id": "0137523"}, {"imdb_id": "An IMDb id looks like tt0211915."}),
            ({"imdb_id": "tt0137523'"}, {"imdb_id": "An IMDb id looks like tt0211915."}),
            ({"title": "x", "imdb_id": "tt0137523"}, {"imdb_id": "Give either a title or an imdb_id, not both."}),
            ({"imdb_id": "tt0137523", "year": "1999"}, {"year": "An imdb_id needs no year."}),
            ({"title": ["Dune", "Dune"]}, {"title": "Send this once."}),
            ({"titel": "Dune"}, {"titel": "Unknown parameter. Known: title, year, imdb_id, fields."}),
        ],
    )
    def test_invalid_queries(self, client, fake, params, errors):
        assert errors_of(client.get(LOOKUP, params)) == errors
        assert fake.requests == []

    @pytest.mark.parametrize(
        "title", ["七人の侍", "Мой друг", "مدينة", "🎬", "'; DROP TABLE movies; --", "%", "\\", "a&b"]
    )
    def test_unusual_titles(self, client, fake, title):
        message = f"Neither we nor OMDb know a film called “{title}”."
        assert error_of(client.get(LOOKUP, {"title": title})) == (404, "not_found", message)
        assert fake.requests[-1].query["t"] == title

    def test_a_series(self, client, fake):
        fake.titles["tt0000008"] = title_json(8, Title="The Long Series", Type="series")
        message = "“The Long Series” is a series; Marquee has films only."
        assert error_of(client.get(LOOKUP, {"imdb_id": "tt0000008"})) == (404, "not_found", message)

    def test_another_film_than_the_one_asked_for(self, client, fake):
        fake.titles = {"tt0000009": title_json(9, Title="Tango &amp; Lantern")}
        response = client.get(LOOKUP, {"title": "Lantern"})
        message = "Neither we nor OMDb know a film called “Lantern”. Did you mean “Tango & Lantern” (2019)?"
        assert error_of(response) == (404, "not_found", message)
        assert response.json()["details"] == {
            "title": "Tango & Lantern",
            "year": 2019,
            "imdb_id": "tt0000009",
        }
        assert client.get("/api/v1/movies/Lantern").status_code == 404
        assert not Movie.objects.exists()

    def test_private_films_are_not_found(self, client, fake):
        own = MovieFactory(tmdb_id=None, owner=UserFactory(), title="Mine")
        for headers in ({}, bearer(own.owner)):
            assert client.get(LOOKUP, {"title": "Mine"}, headers=headers).status_code == 404

    def test_a_wrong_token(self, client, fake):
        wrong = client.get(LOOKUP, {"title": "lantern"}, headers={"Authorization": "Bearer x"})
        assert wrong.status_code == 401
        assert fake.requests == []


class TestOutages:
    def test_a_spent_allowance(self, client, fake, settings):
        settings.OMDB_DAILY_LIMIT = 0
        response = client.get(LOOKUP, {"title": "lantern"})
        message = "Today's look-ups at OMDb are used up. Try again after midnight, UTC."
        assert error_of(response) == (503, "upstream_unavailable", message)
        assert 0 < int(response.headers["Retry-After"]) <= 86_400

    def test_omdb_is_away(self, client, fake, caplog):
        fake.fail("t=", status=500, times=9)
        response = client.get(LOOKUP, {"title": "lantern"})
        message = "OMDb, which we ask for films that we don't have, is not answering. Try again soon."
        assert error_of(response) == (503, "upstream_unavailable", message)
        assert response.headers["Retry-After"] == "10"

    def test_no_key(self, client, fake, settings):
        settings.OMDB_API_KEY = ""
        message = "We don't have this film, and this site cannot ask OMDb for others."
        assert error_of(client.get(LOOKUP, {"title": "lantern"})) == (404, "not_found", message)


class TestLimits:
    def statuses(self, client, titles, **options):
        return [client.get(LOOKUP, {"title": title}, **options).status_code for title in titles]

    def test_look_ups_at_omdb_are_limited_by_address(self, client, fake, settings):
        settings.THROTTLE_LOOKUP_ANON = "2/min"
        assert self.statuses(client, ["x1", "x2", "x3"]) == [404, 404, 429]
        assert len(fake.requests) == 2
        refused = client.get(LOOKUP, {"title": "x4"})
        assert error_of(refused)[:2] == (429, "throttled")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert '"lookup";q=2;w=60' in refused.headers["RateLimit-Policy"]
        assert self.statuses(client, ["x4"], REMOTE_ADDR="192.0.2.7") == [404]

    def test_stored_and_remembered_films_do_not_count(self, client, fake, settings):
        settings.THROTTLE_LOOKUP_ANON = "1/min"
        MovieFactory(title="Held")
        assert self.statuses(client, ["x1", "x1", "Held", "Held", "x1"]) == [404, 404, 200, 200, 404]

    def test_look_ups_at_omdb_are_limited_by_user(self, client, fake, settings):
        settings.THROTTLE_LOOKUP_ANON, settings.THROTTLE_LOOKUP_USER = "1/min", "2/min"
        one, other = (bearer(UserFactory()) for _ in range(2))
        assert self.statuses(client, ["x1", "x2", "x3"], headers=one) == [404, 404, 429]
        assert self.statuses(client, ["x3", "x4"], headers=other) == [404, 404]
        assert self.statuses(client, ["x5", "x6"]) == [404, 429]


class TestAliases:
    @pytest.mark.parametrize(
        "title", ["Lantern or: The Keeper 7", "Face/Off", "Search", "50 First Dates", "1917!", "AC/DC/AC"]
    )
    def test_by_title(self, client, fake, title):
        film = MovieFactory(title=title)
        found = client.get(f"/api/v1/movies/{quote(title, safe='')}")
        assert (found.status_code, found.json()["id"]) == (200, film.pk)

    def test_their_addresses(self):
        assert reverse("v1:movie-by-title", args=["Face/Off"]) == "/api/v1/movies/Face/Off"
        assert reverse("v1:movie-by-imdb-id", args=["tt0000007"]) == "/api/v1/movies/tt0000007"
        with pytest.raises(NoReverseMatch):
            reverse("v1:movie-by-title", args=["1917"])

    def test_with_a_year_and_some_fields(self, client, fake):
        old, _ = (MovieFactory(title="Dune", year=year) for year in (1984, 2021))
        assert client.get("/api/v1/movies/Dune", {"year": 1984, "fields": "id"}).json() == {"id": old.pk}
        assert errors_of(client.get("/api/v1/movies/Dune", {"title": "x"})) == {
            "title": "Unknown parameter. Known: year, fields."
        }

    def test_by_imdb_id(self, client, fake):
        assert client.get("/api/v1/movies/tt0000007").json()["title"] == "Lantern or: The Keeper 7"
        assert fake.requests[0].query == {"i": "tt0000007", "r": "json"}
        assert errors_of(client.get("/api/v1/movies/tt0000007", {"year": 1999})) == {
            "year": "Unknown parameter. Known: fields."
        }

    def test_a_title_that_is_a_number_is_looked_up_by_parameter(self, client, fake):
        film = MovieFactory(title="1917")
        assert client.get(LOOKUP, {"title": "1917"}).json()["id"] == film.pk
        assert client.get("/api/v1/movies/1917").status_code == (404 if film.pk != 1917 else 200)
        assert fake.requests == []

    @pytest.mark.parametrize(
        "path", ["7/x", "search/x", "suggest/x", "bulk/x", "fetch/x/y", "lookup/", "lookup/x", "Some title/", ""]
    )
    def test_addresses_that_are_not_titles(self, client, fake, path):
        response = client.get(f"/api/v1/movies/{path}")
        assert error_of(response) == (404, "not_found", "There is nothing at this address.")
        assert fake.requests == []

    def test_other_routes_are_not_shadowed(self, client, fake):
        film = MovieFactory()
        manager = bearer(ManagerFactory())
        answers = {
            f"/api/v1/movies/{film.pk}": 200,
            "/api/v1/movies/search": 400,
            "/api/v1/movies/suggest": 400,
            "/api/v1/movies/bulk": 405,
            "/api/v1/movies/lookup": 400,
            "/api/v1/movies/fetch": 405,
            "/api/v1/movies/fetch/jobs": 200,
            f"/api/v1/movies/{film.pk}/ratings": 200,
        }
        assert {path: client.get(path, headers=manager).status_code for path in answers} == answers

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    def test_only_get_is_allowed(self, client, fake, method):
        user = bearer(UserFactory())
        response = getattr(client, method)("/api/v1/movies/Dune", headers=user, content_type="application/json")
        assert response.status_code == 405

    @pytest.mark.parametrize("title", ["%00", "a%07b", quote("x" * 201)])
    def test_bad_titles(self, client, fake, title):
        assert list(errors_of(client.get(f"/api/v1/movies/{title}"))) == ["title"]

    def test_only_the_lookup_is_documented(self, client):
        paths = client.get(reverse("v1:schema")).json()["paths"]
        assert "/api/v1/movies/lookup" in paths
        assert not [path for path in paths if "{title}" in path or "{imdb_id}" in path]
        responses = paths["/api/v1/movies/lookup"]["get"]["responses"]
        assert sorted(responses) == ["200", "400", "404", "405", "406", "429", "500", "503"]
