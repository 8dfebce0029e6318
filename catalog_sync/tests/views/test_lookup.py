"""Asking for a film on the site."""

import re

import pytest
from django.test import Client

from accounts.tests.factories import UserFactory
from catalog_sync.tests.fakes.omdb import title_json
from movies.models import Movie
from movies.search import vocabulary
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

PAGE, FILMS = "/movies/lookup/", "/movies/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def fake(fake_omdb):
    fake_omdb.titles = {"tt0000007": title_json(7)}
    return fake_omdb


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


class TestAsking:
    def test_the_film_is_where_one_is_led(self, client, fake):
        response = client.post(PAGE, {"title": "lantern", "year": "2019"})
        movie = Movie.objects.get()
        assert (response.status_code, response["Location"]) == (302, movie.get_absolute_url())
        assert client.get(response["Location"]).status_code == 200

    def test_with_htmx_too(self, client, fake):
        response = client.post(PAGE, {"title": "lantern"}, headers=HTMX)
        assert (response.status_code, response["HX-Redirect"]) == (200, Movie.objects.get().get_absolute_url())

    def test_an_imdb_id_is_understood(self, client, fake):
        assert client.post(PAGE, {"title": " tt0000007 ", "year": ""}).status_code == 302
        assert fake.requests[0].query["i"] == "tt0000007"

    def test_looking_at_the_page_asks_nobody(self, client, fake):
        response = client.get(PAGE, {"title": "lantern <i>", "year": "2019"})
        assert response.status_code == 200
        assert 'value="lantern &lt;i&gt;"' in response.content.decode()
        assert 'value="2019"' in response.content.decode()
        assert fake.requests == []

    def test_only_a_form_of_this_site_asks(self, fake):
        client = Client(enforce_csrf_checks=True)
        assert client.post(PAGE, {"title": "lantern"}).status_code == 403
        assert fake.requests == []
        client.get(PAGE)
        token = client.cookies["csrftoken"].value
        assert client.post(PAGE, {"title": "lantern", "csrfmiddlewaretoken": token}).status_code == 302

    def test_other_methods(self, client):
        assert client.put(PAGE).status_code == 405


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
    def test_what_cannot_be_asked(self, client, fake, typed, sentence):
        response = client.post(PAGE, typed)
        assert (response.status_code, sentence in text_of(response)) == (200, True)
        assert fake.requests == []

    def troubled(self, client, title="Nothing", **options):
        """The status, its wait, what is said; and with htmx the same words as a success, which it can show."""
        response = client.post(PAGE, {"title": title}, **options)
        same = client.post(PAGE, {"title": title}, headers=HTMX, **options)
        assert (same.status_code, "Retry-After" in same) == (200, False)
        heading = re.findall(r"<h2>(.*?)</h2>\s*<p>(.*?)</p>", response.content.decode(), re.DOTALL)
        again = re.findall(r"<h2>(.*?)</h2>", same.content.decode())
        assert again == [found[0] for found in heading]
        assert f'value="{title}"' in response.content.decode()
        return response.status_code, response.get("Retry-After"), *heading[0]

    def test_nobody_knows_it(self, client, fake):
        said = "Neither we nor OMDb know a film called “Nothing”. Try the original title, or leave the year out."
        assert self.troubled(client) == (404, None, "Nobody knows it by this name", said)
        assert len(fake.requests) == 1

    def test_a_series(self, client, fake):
        fake.titles = {"tt0000008": title_json(8, Title="<b>Long</b>", Type="series")}
        said = "“&lt;b&gt;Long&lt;/b&gt;” is a series; Marquee has films only."
        assert self.troubled(client, "Long") == (404, None, "Not a film", said)

    def test_the_allowance_is_spent(self, client, fake, settings):
        settings.OMDB_DAILY_LIMIT = 0
        status, wait, heading, said = self.troubled(client)
        assert (status, heading) == (503, "Enough for today")
        assert 0 < int(wait) <= 86_400
        assert "we may not ask OMDb again before 00:00." in said

    def test_omdb_is_away(self, client, fake):
        fake.fail("t=", status=500, times=9)
        said = "OMDb, which we ask for films that we don&#x27;t have, is not answering. Try again soon."
        assert self.troubled(client) == (503, "10", "Not possible right now", said)

    def test_too_many(self, client, fake, settings):
        settings.THROTTLE_LOOKUP_ANON = "1/min"
        client.post(PAGE, {"title": "Something"})
        status, wait, heading, said = self.troubled(client)
        assert (status, heading, said[:34]) == (429, "One moment", "You have looked up many films. Try")
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
        said = "Many films are being looked up. Try again in a moment."
        assert self.troubled(client) == (503, "2", "One moment", said)


class TestOffer:
    @pytest.fixture(autouse=True)
    def films(self, fake):
        MovieFactory(title="Amélie")
        vocabulary.rebuild()

    def form_in(self, response):
        return 'action="/movies/lookup/"' in response.content.decode()

    def test_where_nothing_is_found(self, client):
        response = client.get(FILMS, {"query": "Zanzibar <x>"})
        assert self.form_in(response)
        assert 'value="Zanzibar &lt;x&gt;"' in response.content.decode()
        assert "Not here yet?" in text_of(response)

    def test_where_something_else_was_understood(self, client):
        assert self.form_in(client.get(FILMS, {"query": "amelei"}))

    def test_a_link_where_something_is_found(self, client):
        response = client.get(FILMS, {"query": "amélie"})
        assert not self.form_in(response)
        assert 'href="/movies/lookup/?title=am%C3%A9lie"' in response.content.decode()
        assert "csrftoken" not in response.cookies

    @pytest.mark.parametrize("asked", [{}, {"query": "  "}, {"year_min": "2200"}, {"query": "x", "year_min": "x"}])
    def test_nowhere_else(self, client, asked):
        assert PAGE not in client.get(FILMS, asked).content.decode()

    def test_not_without_a_key(self, client, settings):
        settings.OMDB_API_KEY = ""
        for query in ("Zanzibar", "amélie"):
            assert PAGE not in client.get(FILMS, {"query": query}).content.decode()

    def test_it_works_as_it_stands(self, client, fake):
        response = client.get(FILMS, {"query": "Lantern"})
        assert self.form_in(response)
        assert client.post(PAGE, {"title": "Lantern", "year": ""}).status_code == 302
        assert "The Lantern Keeper 7" in client.get(FILMS, {"query": "Lantern"}).content.decode()
