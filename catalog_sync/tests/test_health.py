import pytest

from catalog_sync.nightly.enrichment import enrich_movies
from catalog_sync.nightly.lists import sync_movies
from catalog_sync.tests.fakes.omdb import error_json, title_json
from movies.tests.factories import MovieFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asked_at_once")]


def upstream(client, provider):
    """Return (the status of the site, the state of the provider without its latency)."""
    body = client.get("/api/v1/health").json()
    return body["status"], {name: value for name, value in body["upstream"][provider].items() if name != "latency_ms"}


def test_tmdb_is_reported_and_never_fatal(client, fake_tmdb, settings):
    healthy = upstream(client, "tmdb")[0]
    assert upstream(client, "tmdb") == (healthy, {"status": "up"})
    fake_tmdb.fail("popular", status=401, times=99)
    sync_movies(1)
    assert upstream(client, "tmdb") == (healthy, {"status": "down", "error": "The latest sync failed."})
    fake_tmdb.clear_faults()
    fake_tmdb.pages(1)
    sync_movies(1)
    assert upstream(client, "tmdb") == (healthy, {"status": "up"})
    settings.TMDB_API_KEY = ""
    assert upstream(client, "tmdb") == (healthy, {"status": "down", "error": "TMDB_API_KEY is not set."})


def test_omdb_is_reported_and_never_fatal(client, fake_omdb, settings):
    healthy = upstream(client, "omdb")[0]
    MovieFactory(imdb_id="tt0000001")
    fake_omdb.titles["tt0000001"] = error_json("Invalid API key!")
    enrich_movies()
    assert upstream(client, "omdb") == (healthy, {"status": "down", "error": "The latest sync failed."})
    assert upstream(client, "tmdb")[1].get("error") != "The latest sync failed."
    fake_omdb.titles["tt0000001"] = title_json(1)
    enrich_movies()
    assert upstream(client, "omdb") == (healthy, {"status": "up"})
    settings.OMDB_API_KEY = ""
    assert upstream(client, "omdb") == (healthy, {"status": "down", "error": "OMDB_API_KEY is not set."})
