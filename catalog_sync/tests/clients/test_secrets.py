"""Runs that fail in every way; then no key is found in anything logged, printed or stored."""

import json
import logging
from io import StringIO

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection

from catalog_sync import tasks
from catalog_sync.models import SyncLog
from catalog_sync.nightly.enrichment import enrich_movies
from catalog_sync.nightly.night import sync_night
from catalog_sync.tests.fakes.omdb import title_json
from catalog_sync.tests.fakes.tmdb import details_json
from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

V3, TOKEN, OMDB = "0123456789abcdef-v3-key", "header-part.payload-part.signature-part", "omdb-key-8f3a"
FAULTS = {
    "429": {"status": 429, "headers": {"Retry-After": "1"}},
    "500": {"status": 500},
    "HTML 502": {"status": 502, "body": b"<html>"},
    "no JSON": {"status": 200, "body": b"{"},
    "truncated": {"status": 200, "body": b"{}", "truncated": True},
    "hung up": {"closed": True},
    "401": {"status": 401, "body": b'{"Response":"False","Error":"Invalid API key!"}'},
    "403": {"status": 403},
    "404": {"status": 404},
    "elsewhere": {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
    "slow": {"delay": 5},
    "none": None,
}


@pytest.mark.parametrize("key", [V3, TOKEN], ids=["v3", "token"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_key_is_logged_printed_or_stored(fake_tmdb, fake_omdb, settings, monkeypatch, caplog, capfd, key, fault):
    settings.TMDB_API_KEY, settings.OMDB_API_KEY = key, OMDB
    settings.TMDB_SYNC_PAGES = 1
    monkeypatch.setattr(
        "catalog_sync.clients.base.ProviderClient.timeout", (1, 0.05 if fault and "delay" in fault else 5)
    )
    caplog.set_level(logging.DEBUG)
    MovieFactory(tmdb_id=1, imdb_id="tt0000001")
    fake_tmdb.pages(1, size=1)
    fake_tmdb.films[1] = details_json(1)
    fake_omdb.titles["tt0000001"] = title_json(1)
    for fake in (fake_tmdb, fake_omdb):
        if fault is None:
            fake.stop()
        else:
            # One kind of failure for every call, with all its attempts.
            fake.fail("", times=1000, **fault)
    sync_night()
    enrich_movies()
    tasks.sync_genres()
    printed = StringIO()
    for command in ("sync_genres", "sync_movies", "sync_details", "sync_changes", "enrich_movies", "sync_night"):
        try:
            call_command(command, stdout=printed, stderr=printed)
        except CommandError as error:
            printed.write(str(error))
    assert SyncLog.objects.filter(status="failed").exists()

    stored = serializers.serialize("json", [*SyncLog.objects.all(), *Movie.objects.all()])
    logged = caplog.text + json.dumps([str(vars(record)) for record in caplog.records])
    outputs = {"logged": logged, "printed": printed.getvalue(), "streams": str(capfd.readouterr()), "stored": stored}
    outputs["queries"] = str(connection.queries_log)
    for secret in (key, OMDB):
        assert [where for where, text in outputs.items() if secret in text] == []


def test_control_a_logged_address_is_found(fake_tmdb, settings, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("library").error("GET /3/movie?api_key=%s", V3)
    assert V3 in caplog.text
