import pytest

from catalog_sync.sync import sync_movies

pytestmark = pytest.mark.django_db


def upstream(client):
    """(the site's status, what it says of TMDB without the time it took)"""
    body = client.get("/api/v1/health").json()
    return body["status"], {name: value for name, value in body["upstream"]["tmdb"].items() if name != "latency_ms"}


def test_tmdb_is_reported_and_never_fatal(client, fake_tmdb, settings):
    healthy = upstream(client)[0]
    assert upstream(client) == (healthy, {"status": "up"})
    fake_tmdb.fail("popular", status=401)
    sync_movies(1)
    assert upstream(client) == (healthy, {"status": "down", "error": "The latest sync failed."})
    fake_tmdb.pages(1)
    sync_movies(1)
    assert upstream(client) == (healthy, {"status": "up"})
    settings.TMDB_API_KEY = ""
    assert upstream(client) == (healthy, {"status": "down", "error": "TMDB_API_KEY is not set."})
