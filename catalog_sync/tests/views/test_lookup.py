"""The look-up page."""

import re

import pytest
from django.test import Client

from accounts.tests.factories import UserFactory
from catalog_sync.tests.fakes.omdb import title_json
from movies.models import Movie
from movies.search import vocabulary
from movies.tests.factories import MovieFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

PAGE, FILMS = "/movies/lookup/", "/movies/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def fake(fake_omdb):
    fake_omdb.titles = {"tt0000007": title_json(7, Title="Lantern or: The Keeper 7")}
    return fake_omdb


class TestForm:
    def test_a_film_redirects_to_its_page(self, client, fake):
        response = client.post(PAGE, {"title": "lantern", "year": "2019"})
        movie = Movie.objects.get()
        assert (response.status_code, response["Location"]) == (302, movie.get_absolute_url())
        assert client.get(response["Location"]).status_code == 200

    def test_a_film_redirects_with_htmx(self, client, fake):
        response = client.post(PAGE, {"title": "lantern"}, headers=HTMX)
        assert (response.status_code, response["HX-Redirect"]) == (200, Movie.objects.get().get_absolute_url())

    def test_an_imdb_id_is_understood(self, client, fake):
        assert client.post(PAGE, {"title": " tt0000007 ", "year": ""}).status_code == 302
        assert fake.requests[0].query["i"] == "tt0000007"

    def test_a_get_request_does_not_ask_omdb(self, client, fake):
        response = client.get(PAGE, {"title": "lantern <i>", "year": "2019"})
        assert response.status_code == 200
        assert 'value="lantern &lt;i&gt;"' in response.content.decode()
        assert 'value="2019"' in response.content.decode()
        assert fake.requests == []

    def test_a_csrf_token_is_required(self, fake):
        client = Client(enforce_csrf_checks=True)
        assert client.post(PAGE, {"title": "lantern"}).status_code == 403
        assert fake.requests == []
        client.get(PAGE)
        token = client.cookies["csrftoken"].value
        assert client.post(PAGE, {"title": "lantern", "csrfmiddlewaretoken": token}).status_code == 302

    def test_other_methods(self, client):
        assert client.put(PAGE).status_code == 405


class TestOtherFilm:
    def test_it_is_offered_and_stored_only_when_it_was_meant(self, client, fake):
        fake.titles = {"tt0000009": title_json(9, Title="Tango & Lantern")}
        response = client.post(PAGE, {"title": "Lantern"})
        assert response.status_code == 404
        assert "Did you mean “Tango & Lantern” (2019)?" in text_of(response).replace("&amp;", "&")
        assert 'name="title" value="tt0000009"' in response.content.decode()
        assert not Movie.objects.exists()
        assert client.post(PAGE, {"title": "tt0000009"}).status_code == 302
        assert Movie.objects.get().title == "Tango & Lantern"


class TestRefused:
    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"title": ""}, "This field is required."),
            ({"title": "\u200b"}, "It has no readable characters."),
            ({"title": "a\x00b"}, "Null characters are not allowed."),
            ({"title": "a\x07b"}, "Control characters are not allowed."),
            ({"title": "x" * 201}, "At most 200 characters."),
            ({"title": "Dune", "year": "soon"}, "Enter a whole number."),
            ({"title": "Dune", "year": "1"}, "Give a year from 1870 to 2200."),
        ],
    )
    def test_invalid_queries(self, client, fake, typed, sentence):
        response = client.post(PAGE, typed)
        assert (response.status_code, sentence in text_of(response)) == (200, True)
        assert fake.requests == []

    def look_up_without_result(self, client, title="Nothing", **options):
        """Return status, wait, heading and message; with htmx the message is the same and the status 200."""
        response = client.post(PAGE, {"title": title}, **options)
        same = client.post(PAGE, {"title": title}, headers=HTMX, **options)
        assert (same.status_code, "Retry-After" in same) == (200, False)
        heading = re.findall(r"<h2>(.*?)</h2>\s*<p>(.*?)</p>", response.content.decode(), re.DOTALL)
        again = re.findall(r"<h2>(.*?)</h2>", same.content.decode())
        assert again == [found[0] for found in heading]
        assert f'value="{title}"' in response.content.decode()
        return response.status_code, response.get("Retry-After"), *heading[0]

    def test_an_unknown_film(self, client, fake):
        message = "Neither we nor OMDb know a film called “Nothing”. Try the original title, or leave the year out."
        assert self.look_up_without_result(client) == (404, None, "We couldn’t find this film", message)
        assert len(fake.requests) == 1

    def test_a_series(self, client, fake):
        fake.titles = {"tt0000008": title_json(8, Title="<b>Long</b>", Type="series")}
        message = "“&lt;b&gt;Long&lt;/b&gt;” is a series; Marquee has films only."
        assert self.look_up_without_result(client, "Long") == (404, None, "Not a film", message)

    def test_the_allowance_is_spent(self, client, fake, settings):
        settings.OMDB_DAILY_LIMIT = 0
        status, wait, heading, message = self.look_up_without_result(client)
        assert (status, heading) == (503, "No more look-ups today")
        assert 0 < int(wait) <= 86_400
        assert "Try again after 00:00." in message

    def test_omdb_is_away(self, client, fake):
        fake.fail("t=", status=500, times=9)
        message = "OMDb, which we ask for films that we don&#x27;t have, is not answering. Try again soon."
        assert self.look_up_without_result(client) == (503, "10", "Not possible right now", message)

    def test_too_many(self, client, fake, settings):
        settings.THROTTLE_LOOKUP_ANON = "1/min"
        client.post(PAGE, {"title": "Something"})
        status, wait, heading, message = self.look_up_without_result(client)
        assert (status, heading, message[:34]) == (429, "One moment", "You have looked up many films. Try")
        assert 0 < int(wait) <= 60
        assert len(fake.requests) == 1
        client.force_login(UserFactory())
        assert client.post(PAGE, {"title": "Nothing"}).status_code == 404

    def test_the_limit_is_the_same_as_the_apis(self, client, fake, settings):
        settings.THROTTLE_LOOKUP_ANON = "1/min"
        client.get("/api/v1/movies/lookup", {"title": "Something"})
        assert client.post(PAGE, {"title": "Nothing"}).status_code == 429

    def test_many_at_once(self, client, fake, monkeypatch):
        monkeypatch.setattr("catalog_sync.lookup.find_film.THREAD_WAIT", 0.01)
        monkeypatch.setattr("catalog_sync.lookup.find_film.omdb_threads.acquire", lambda timeout: False)
        message = "Many films are being looked up. Try again in a moment."
        assert self.look_up_without_result(client) == (503, "2", "One moment", message)


class TestOffer:
    @pytest.fixture(autouse=True)
    def films(self, fake):
        MovieFactory(title="Amélie")
        vocabulary.rebuild_vocabulary()

    def form_in(self, response):
        return 'action="/movies/lookup/"' in response.content.decode()

    def test_a_form_without_results(self, client):
        response = client.get(FILMS, {"query": "Zanzibar <x>"})
        assert self.form_in(response)
        assert 'value="Zanzibar &lt;x&gt;"' in response.content.decode()
        assert "Not here yet?" in text_of(response)

    def test_a_form_after_a_corrected_search(self, client):
        assert self.form_in(client.get(FILMS, {"query": "amelei"}))

    def test_a_link_with_results(self, client):
        response = client.get(FILMS, {"query": "amélie"})
        assert not self.form_in(response)
        assert 'href="/movies/lookup/?title=am%C3%A9lie"' in response.content.decode()
        assert "csrftoken" not in response.cookies

    @pytest.mark.parametrize("params", [{}, {"query": "  "}, {"year_min": "2200"}, {"query": "x", "year_min": "x"}])
    def test_nothing_without_a_search(self, client, params):
        assert PAGE not in client.get(FILMS, params).content.decode()

    def test_nothing_without_a_key(self, client, settings):
        settings.OMDB_API_KEY = ""
        for query in ("Zanzibar", "amélie"):
            assert PAGE not in client.get(FILMS, {"query": query}).content.decode()

    def test_the_offered_form_works(self, client, fake):
        response = client.get(FILMS, {"query": "Lantern"})
        assert self.form_in(response)
        assert client.post(PAGE, {"title": "Lantern", "year": ""}).status_code == 302
        assert "Lantern or: The Keeper 7" in client.get(FILMS, {"query": "Lantern"}).content.decode()
