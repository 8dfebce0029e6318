from contextlib import suppress

import pytest
from django.db import IntegrityError, OperationalError

from catalog_sync import fetch_jobs
from catalog_sync.clients.budget import DailyBudget
from catalog_sync.clients.errors import Unavailable
from catalog_sync.clients.omdb import OMDbClient
from catalog_sync.fetch_jobs import claims, worker
from catalog_sync.models import FetchJob
from catalog_sync.tests.fakes.omdb import error_json, title_json
from catalog_sync.tests.fetch_jobs.conftest import counts, details, searches
from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def test_all_pages_are_searched_and_every_film_is_brought_in(lanterns, carried_out, told):
    fake = lanterns(23)
    job = carried_out()
    assert (job.status, job.progress, job.total, counts(job)) == ("completed", 23, 23, {"created": 23})
    assert (job.error, job.remark, job.attempts) == ("", "", 1)
    assert job.created_at <= job.started_at <= job.finished_at
    assert searches(fake) == [1, 2, 3]
    assert details(fake) == [f"tt{number:07}" for number in range(1, 24)]
    films = Movie.objects.order_by("imdb_id")
    assert [film.pk for film in job.movies] == job.movie_ids == [film.pk for film in films]
    assert (films[0].title, films[0].year, films[0].imdb_votes) == ("The Lantern Keeper 1", 2019, 1_234_567)
    assert told == [
        ("progress", "running", 0, 0),
        ("progress", "running", 0, 10),
        ("progress", "running", 0, 20),
        ("progress", "running", 0, 23),
        *(("progress", "running", done, 23) for done in range(1, 24)),
        ("completed", "completed", 23, 23),
    ]


def test_the_limit_ends_the_search(lanterns, carried_out):
    fake = lanterns(30)
    job = carried_out(limit=12)
    assert (job.total, searches(fake), len(details(fake))) == (12, [1, 2], 12)
    assert job.remark == "OMDb has 30 films for this; the first 12 of them were looked at."


def test_the_year_is_asked_for(lanterns, carried_out):
    fake = lanterns(1)
    carried_out(year=2019)
    assert fake.requests[0].query["y"] == "2019"


def test_films_that_are_there_are_found_again_or_recognised(lanterns, carried_out):
    lanterns(3)
    known = MovieFactory(imdb_id="tt0000001", title="The Lantern Keeper 1", year=2019)
    recognised = MovieFactory(title="The Lantern Keeper 2", year=2019)
    job = carried_out()
    assert counts(job) == {"created": 1, "updated": 2}
    assert job.movie_ids[:2] == [known.pk, recognised.pk]
    assert Movie.objects.count() == 3
    again = carried_out()
    assert (counts(again), again.movie_ids) == ({"unchanged": 3}, job.movie_ids)


def test_rows_that_come_again_on_a_later_page_count_once(lanterns, carried_out, monkeypatch):
    fake = lanterns(12)
    search = OMDbClient.search

    def overlapping(door, term, year=None, page=1):
        found = search(door, term, year, page)
        return found if page == 1 else type(found)(page, [{**fake.titles["tt0000003"]}, *found.results], found.total)

    monkeypatch.setattr(OMDbClient, "search", overlapping)
    job = carried_out()
    assert (job.total, counts(job)) == (12, {"created": 12})
    assert len(details(fake)) == 12


def test_what_the_search_calls_no_film_is_passed_over(lanterns, carried_out, monkeypatch):
    fake = lanterns(3)
    search = OMDbClient.search

    def with_a_game(*arguments):
        page = search(*arguments)
        page.results[1] = page.results[1] | {"Type": "game"}
        return page

    monkeypatch.setattr(OMDbClient, "search", with_a_game)
    job = carried_out()
    assert (counts(job), job.total, job.progress) == ({"created": 2, "skipped": 1}, 3, 3)
    assert details(fake) == ["tt0000001", "tt0000003"]


def test_what_turns_out_to_be_no_film_is_passed_over(fake_omdb, carried_out, monkeypatch):
    row = title_json(1)
    fake_omdb.titles["tt0000001"] = row
    by_id = OMDbClient.by_id
    monkeypatch.setattr(OMDbClient, "by_id", lambda door, imdb_id: by_id(door, imdb_id) | {"Type": "series"})
    job = carried_out()
    assert (job.status, counts(job), job.movie_ids) == ("completed", {"skipped": 1}, [])
    assert not Movie.objects.exists()


@pytest.mark.parametrize(
    "broken",
    [
        title_json(2, imdbID="nonsense"),
        title_json(2, Title="N/A", Type="movie"),
        title_json(2, imdbID="tt9999999"),
        error_json("Incorrect IMDb ID."),
        error_json("Error getting data."),
        b'{"Response":"True", never ended and never mended}',
    ],
    ids=["id", "title", "another film", "unknown", "its own error", "unreadable"],
)
def test_a_bad_record_is_counted_and_passed_over(lanterns, carried_out, broken, monkeypatch):
    fake = lanterns(3)
    answer = fake.answer

    def broken_detail(asked):
        return (200, broken) if asked.query.get("i") == "tt0000002" else answer(asked)

    monkeypatch.setattr(fake, "answer", broken_detail)
    job = carried_out()
    assert (job.status, counts(job), len(job.movie_ids)) == ("completed", {"created": 2, "failed": 1}, 2)


def test_a_bad_row_of_the_search_is_counted_too(lanterns, carried_out):
    fake = lanterns(3)
    fake.titles["tt0000002"]["imdbID"] = "nonsense"
    job = carried_out()
    assert (job.status, counts(job), job.total) == ("completed", {"created": 2, "failed": 1}, 3)
    assert details(fake) == ["tt0000001", "tt0000003"]


def test_a_film_that_the_table_refuses_is_counted(lanterns, carried_out, monkeypatch, events):
    lanterns(2)
    adopt = worker.adopt_row

    def refuse(row):
        if row["imdbID"] == "tt0000001":
            raise IntegrityError("secret row")
        return adopt(row)

    monkeypatch.setattr(worker, "adopt_row", refuse)
    assert counts(carried_out()) == {"created": 1, "failed": 1}
    assert [entry["reason"] for entry in events("record_skipped")] == ["IntegrityError"]


@pytest.mark.parametrize("sentence", ["Movie not found!", "Too many results."])
def test_nothing_found_is_a_completed_job_that_says_so(fake_omdb, carried_out, sentence, monkeypatch):
    monkeypatch.setattr(fake_omdb, "answer", lambda _asked: (200, error_json(sentence)))
    job = carried_out()
    assert (job.status, job.total, job.remark) == ("completed", 0, "OMDb found no film for this.")


# --- What ends a job badly ---


def test_a_refused_key_fails_the_job_with_a_sentence(lanterns, carried_out, told):
    fake = lanterns(3)
    fake.fail("i=tt0000002", status=401, body=b'{"Response":"False","Error":"Invalid API key!"}')
    job = carried_out()
    assert (job.status, job.error) == ("failed", "OMDb does not accept the key in OMDB_API_KEY.")
    assert (job.progress, job.total, counts(job)) == (1, 3, {"created": 1})  # what was stored stays
    assert Movie.objects.count() == 1
    assert job.finished_at
    assert told[-1] == ("error", "failed", 1, 3)


def test_without_a_key_it_fails(carried_out, settings):
    settings.OMDB_API_KEY = ""
    job = carried_out()
    assert (job.status, job.error) == ("failed", "OMDB_API_KEY is not set.")


def test_a_provider_that_stays_away_fails_it(lanterns, carried_out):
    fake = lanterns(2)
    fake.fail("i=tt0000001", status=503, times=4)
    job = carried_out()
    assert (job.status, job.error, job.progress) == ("failed", "OMDb is out of order (status 503).", 0)


def test_a_provider_that_refuses_everything_fails_it(lanterns, carried_out):
    fake = lanterns(20)
    fake.fail("i=tt", status=403, times=12)
    job = carried_out()
    assert (job.status, job.error) == ("failed", "OMDb refused the request (status 403).")
    assert (counts(job), job.total) == ({"failed": 11}, 20)


def test_a_tenth_of_the_days_allowance_stays_for_look_ups(lanterns, carried_out, settings):
    settings.OMDB_DAILY_LIMIT = 20
    fake = lanterns(30)
    job = carried_out()
    assert (job.status, job.error) == ("failed", "The allowance of OMDb calls for today is spent.")
    assert len(fake.requests) == 18
    assert counts(job) == {"created": 15}  # and 3 pages of the search
    assert DailyBudget(fake.url.split("/")[2], 20).remaining() == 2


def test_an_error_of_our_own_is_told_without_its_words_and_goes_on(lanterns, carried_out, monkeypatch):
    lanterns(1)

    def stumble(_row):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(worker, "adopt_row", stumble)
    with pytest.raises(ZeroDivisionError):
        carried_out()
    job = FetchJob.objects.get()
    assert (job.status, job.error) == ("failed", "Stopped by an error of our own (ZeroDivisionError).")


def test_a_lost_database_leaves_the_job_to_be_taken_up(lanterns, carried_out, monkeypatch):
    lanterns(2)
    adopt, lost = worker.adopt_row, [OperationalError("gone")]

    def lose(row):
        if lost:
            raise lost.pop()
        return adopt(row)

    monkeypatch.setattr(worker, "adopt_row", lose)
    with pytest.raises(OperationalError):
        carried_out()
    job = FetchJob.objects.get()
    assert (job.status, job.progress) == ("running", 0)
    fetch_jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.status, job.progress) == ("completed", 2)


# --- Once, and on from where it was ---


def test_a_job_that_is_over_is_not_carried_out_again(lanterns, carried_out):
    fake = lanterns(2)
    job = carried_out()
    asked = len(fake.requests)
    fetch_jobs.carry_out(job.pk)
    fetch_jobs.carry_out(job.pk + 1)
    assert len(fake.requests) == asked


@pytest.mark.parametrize("end", ["i=tt0000013", "page=2"])
def test_an_interrupted_job_goes_on_where_it_was(lanterns, manager, monkeypatch, end):
    """The process ends as a signal ends it: by what is no Exception."""
    fake = lanterns(15)
    job = fetch_jobs.start(manager, "lantern")
    fetched = worker.JobOMDbClient._fetch

    def killed(door, path, params):
        if end in "&".join(f"{name}={value}" for name, value in params.items()):
            raise SystemExit
        return fetched(door, path, params)

    monkeypatch.setattr(worker.JobOMDbClient, "_fetch", killed)
    with pytest.raises(SystemExit):
        fetch_jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("running", 1)
    monkeypatch.setattr(worker.JobOMDbClient, "_fetch", fetched)
    fetch_jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.status, job.attempts, counts(job)) == ("completed", 2, {"created": 15})
    assert searches(fake) == [1, 2]
    assert details(fake) == [f"tt{number:07}" for number in range(1, 16)]


def test_who_was_superseded_stores_nothing_more(lanterns, manager, monkeypatch):
    """Its connection, and with it the sign of life, was lost, and another process has taken the job up."""
    fake = lanterns(3)
    job = fetch_jobs.start(manager, "lantern")
    by_id = OMDbClient.by_id

    def meanwhile(door, imdb_id):
        row = by_id(door, imdb_id)
        if imdb_id == "tt0000002":
            claims.take(job.pk)
        return row

    monkeypatch.setattr(OMDbClient, "by_id", meanwhile)
    fetch_jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.status, job.progress, job.attempts, Movie.objects.count()) == ("running", 1, 2, 1)
    assert len(details(fake)) == 2


# --- Cancelled ---


@pytest.mark.parametrize("moment", ["page=1", "page=2", "i=tt0000001", "i=tt0000007"])
def test_a_cancelled_job_makes_no_further_call_and_stores_nothing_more(lanterns, manager, monkeypatch, moment):
    fake = lanterns(20)
    job = fetch_jobs.start(manager, "lantern")
    stored = []
    fetched = worker.JobOMDbClient._fetch

    def fetch(door, path, params):
        body = fetched(door, path, params)
        if moment in "&".join(f"{name}={value}" for name, value in params.items()):
            fetch_jobs.cancel(FetchJob.objects.get(pk=job.pk))
            stored.append(len(fake.requests))
        return body

    monkeypatch.setattr(worker.JobOMDbClient, "_fetch", fetch)
    fetch_jobs.carry_out(job.pk)
    assert stored == [len(fake.requests)]
    job.refresh_from_db()
    assert (job.status, job.progress) == ("cancelled", Movie.objects.count())
    assert Movie.objects.count() == max(len(details(fake)) - 1, 0)


def test_a_job_that_waits_to_ask_again_does_not_ask_once_it_is_cancelled(lanterns, manager, monkeypatch):
    fake = lanterns(2)
    fake.fail("i=tt0000001", status=503, times=4)
    job = fetch_jobs.start(manager, "lantern")
    monkeypatch.setattr(
        "catalog_sync.clients.base.ProviderClient._sleep",
        lambda _door, _seconds: fetch_jobs.cancel(FetchJob.objects.get(pk=job.pk)),
    )
    fetch_jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.status, len(details(fake))) == ("cancelled", 1)


def test_a_cancelled_job_that_waited_never_starts(lanterns, manager):
    fake = lanterns(2)
    job = fetch_jobs.start(manager, "lantern")
    fetch_jobs.cancel(job)
    fetch_jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.status, job.started_at, job.attempts, fake.requests) == ("cancelled", None, 0, [])


@pytest.mark.parametrize("error", [Unavailable("OMDb is away."), ZeroDivisionError()])
def test_a_job_that_was_cancelled_does_not_fail_any_more(lanterns, manager, monkeypatch, error, told):
    """Both are an end: the first one counts."""
    lanterns(1)
    job = fetch_jobs.start(manager, "lantern")

    def cancelled_and_broken(_door, _imdb_id):
        fetch_jobs.cancel(FetchJob.objects.get(pk=job.pk))
        raise error

    monkeypatch.setattr(OMDbClient, "by_id", cancelled_and_broken)
    with suppress(ZeroDivisionError):
        fetch_jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.status, job.error) == ("cancelled", "")
    assert "error" not in [name for name, *_ in told]
