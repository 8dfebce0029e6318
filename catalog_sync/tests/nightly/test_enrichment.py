from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog_sync.models import SyncLog
from catalog_sync.nightly import enrichment
from catalog_sync.nightly.enrichment import enrich_movies
from catalog_sync.nightly.runs import BATCH
from catalog_sync.tests.fakes.omdb import error_json, title_json
from catalog_sync.tests.nightly.outcomes import outcome
from movies.models import Movie, SyncState
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

FIGURES = ("imdb_rating", "imdb_votes", "metascore", "runtime", "certification", "age_restriction")


def create_films(fake_omdb, *numbers, **film):
    for number in numbers:
        MovieFactory(imdb_id=f"tt{number:07}", **film)
        fake_omdb.titles[f"tt{number:07}"] = title_json(number)


def figures():
    return Movie.objects.values(*FIGURES).get()


def test_a_film_gets_its_ratings_and_what_was_empty(fake_omdb):
    create_films(fake_omdb, 7, runtime=None)
    assert outcome(enrich_movies()) == {"status": "success", "updated": 1}
    assert figures() == {
        "imdb_rating": Decimal("7.9"),
        "imdb_votes": 1_234_567,
        "metascore": 71,
        "runtime": 101,
        "certification": "PG-13",
        "age_restriction": 13,
    }
    assert outcome(enrich_movies()) == {"status": "success"}
    assert len(fake_omdb.requests) == 1


def test_existing_values_stay(fake_omdb):
    create_films(fake_omdb, 7, runtime=90, certification="12A", age_restriction=12)
    enrich_movies()
    assert (figures()["runtime"], figures()["certification"], figures()["age_restriction"]) == (90, "12A", 12)


def test_locked_fields_stay(fake_omdb):
    create_films(fake_omdb, 7, runtime=None, locked_fields=["runtime", "imdb_rating", "certification"])
    enrich_movies()
    assert (figures()["runtime"], figures()["imdb_rating"], figures()["certification"]) == (None, None, "")
    assert (figures()["age_restriction"], figures()["metascore"]) == (None, 71)


def test_certifications_are_used_in_the_us_only(fake_omdb, settings):
    settings.TMDB_REGION = "DE"
    create_films(fake_omdb, 7)
    enrich_movies()
    assert (figures()["certification"], figures()["age_restriction"], figures()["metascore"]) == ("", None, 71)


def test_missing_values_do_not_clear_ours(fake_omdb):
    create_films(fake_omdb, 7, imdb_rating=Decimal("5.5"), imdb_votes=10, metascore=40)
    nothing = dict.fromkeys(("Rated", "Runtime", "Metascore", "imdbRating", "imdbVotes"), "N/A")
    fake_omdb.titles["tt0000007"] = title_json(7, **nothing)
    assert outcome(enrich_movies()) == {"status": "success", "unchanged": 1}
    assert (figures()["imdb_rating"], figures()["imdb_votes"], figures()["metascore"]) == (Decimal("5.5"), 10, 40)


def test_a_film_unknown_to_omdb_is_not_fetched_every_night(fake_omdb):
    MovieFactory(imdb_id="tt0000009")
    assert outcome(enrich_movies()) == {"status": "success", "unchanged": 1, "remarks": {"unknown_to_omdb": 1}}
    assert outcome(enrich_movies()) == {"status": "success"}
    SyncState.objects.update(omdb_synced_at=timezone.now() - timedelta(days=31))
    assert outcome(enrich_movies()) == {"status": "success", "unchanged": 1, "remarks": {"unknown_to_omdb": 1}}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (title_json(7, Type="game"), "tt0000007: of type game, not a film"),
        (title_json(7, Type="episode"), "tt0000007: of type episode, not a film"),
        (title_json(8), "tt0000007: OMDb answered with tt0000008"),
        (title_json(7, Title="N/A"), "tt0000007: Title is empty"),
        ({"Response": "True"}, "imdbID is none"),
    ],
)
def test_an_answer_about_another_title_is_skipped(fake_omdb, events, answer, reason):
    create_films(fake_omdb, 1, 7)
    fake_omdb.titles["tt0000007"] = answer
    assert outcome(enrich_movies()) == {"status": "success", "updated": 1, "failed": 1}
    assert [entry["reason"] for entry in events("record_skipped")] == [reason]


def test_an_unreadable_row_is_counted(fake_omdb):
    create_films(fake_omdb, 1, 7)
    fake_omdb.titles["tt0000007"] = b'{"Title":"The "Quoted" Film"}'
    assert outcome(enrich_movies()) == {"status": "success", "updated": 1, "failed": 1}


def test_the_most_popular_come_first_until_the_allowance_is_spent(fake_omdb, settings, monkeypatch):
    settings.OMDB_DAILY_LIMIT = 10  # of which one stays for visitors
    # One call at a time: of several, any may get the last of the allowance.
    monkeypatch.setattr(enrichment, "MAX_PARALLEL", 1)
    for number in range(1, 13):
        create_films(fake_omdb, number, popularity=number)
    run = enrich_movies()
    assert outcome(run) == {"status": "success", "updated": 9, "remarks": {"left_for_tomorrow": 1}}
    enriched = Movie.objects.filter(metascore=71).values_list("imdb_id", flat=True)
    assert sorted(enriched) == [f"tt{number:07}" for number in range(4, 13)]
    assert len(fake_omdb.requests) == 9


def test_an_allowance_spent_elsewhere(fake_omdb):
    create_films(fake_omdb, *range(1, BATCH + 11))
    fake_omdb.fail("i=", status=401, body=b'{"Response":"False","Error":"Request limit reached!"}', times=99)
    run = enrich_movies()
    assert outcome(run) == {"status": "success", "remarks": {"left_for_tomorrow": BATCH + 10}}
    assert (run.pages_done, run.pages_total) == (1, 1)
    assert len(fake_omdb.requests) < BATCH


def test_a_wrong_key_ends_the_run(fake_omdb):
    create_films(fake_omdb, *range(1, 30))
    fake_omdb.fail("i=", status=401, body=b'{"Response":"False","Error":"Invalid API key!"}', times=99)
    assert outcome(enrich_movies()) == {
        "status": "failed",
        "error_message": "OMDb does not accept the key in OMDB_API_KEY.",
    }
    assert len(fake_omdb.requests) < 29


def test_a_missing_key_fails_the_run(fake_omdb, settings):
    settings.OMDB_API_KEY = ""
    create_films(fake_omdb, 1)
    assert outcome(enrich_movies()) == {"status": "failed", "error_message": "OMDB_API_KEY is not set."}


def test_private_films_are_not_fetched(fake_omdb, django_user_model):
    owner = django_user_model.objects.create_user("ana", "ana@example.org")
    MovieFactory(tmdb_id=None, owner=owner, imdb_id="tt0000007", runtime=None)
    enrich_movies()
    assert fake_omdb.requests == []
    create_films(fake_omdb, 7, runtime=None)
    enrich_movies()
    assert Movie.objects.get(owner=owner).runtime is None


def test_the_run_is_resumed_after_a_crash(fake_omdb):
    create_films(fake_omdb, *range(1, BATCH + 3))

    def die(run):
        raise SystemExit

    with pytest.raises(SystemExit):
        enrich_movies(on_page=die)
    run = enrich_movies()
    assert (outcome(run), SyncLog.objects.count()) == ({"status": "success", "updated": BATCH + 2}, 1)


def test_an_internal_error_of_omdb_is_counted(fake_omdb):
    create_films(fake_omdb, 1, 2)
    fake_omdb.titles["tt0000002"] = error_json("Error getting data.")
    assert outcome(enrich_movies()) == {"status": "success", "updated": 1, "failed": 1}
