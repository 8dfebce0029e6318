import pytest
from django.db import IntegrityError

from catalog_sync.clients.omdb import OMDbClient
from catalog_sync.fetch_jobs import worker
from catalog_sync.tests.fakes.omdb import error_json, title_json
from catalog_sync.tests.fetch_jobs.conftest import counts, details, searches
from movies.models import Movie
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def test_all_pages_are_searched_and_every_film_is_stored(lanterns, run_search, emitted):
    fake = lanterns(23)
    job = run_search()
    assert (job.status, job.progress, job.total, counts(job)) == ("completed", 23, 23, {"created": 23})
    assert (job.error, job.remark, job.attempts) == ("", "", 1)
    assert job.created_at <= job.started_at <= job.finished_at
    assert searches(fake) == [1, 2, 3]
    assert details(fake) == [f"tt{number:07}" for number in range(1, 24)]
    films = Movie.objects.order_by("imdb_id")
    assert [film.pk for film in job.movies] == job.movie_ids == [film.pk for film in films]
    assert (films[0].title, films[0].year, films[0].imdb_votes) == ("The Lantern Keeper 1", 2019, 1_234_567)
    assert emitted == [
        ("progress", "running", 0, 0),
        ("progress", "running", 0, 10),
        ("progress", "running", 0, 20),
        ("progress", "running", 0, 23),
        *(("progress", "running", done, 23) for done in range(1, 24)),
        ("completed", "completed", 23, 23),
    ]


def test_the_limit_ends_the_search(lanterns, run_search):
    fake = lanterns(30)
    job = run_search(limit=12)
    assert (job.total, searches(fake), len(details(fake))) == (12, [1, 2], 12)
    assert job.remark == "OMDb has 30 films for this; the first 12 were fetched."


def test_the_year_is_part_of_the_search(lanterns, run_search):
    fake = lanterns(1)
    run_search(year=2019)
    assert fake.requests[0].query["y"] == "2019"


def test_existing_films_are_matched(lanterns, run_search):
    lanterns(3)
    known = MovieFactory(imdb_id="tt0000001", title="The Lantern Keeper 1", year=2019)
    matched = MovieFactory(title="The Lantern Keeper 2", year=2019)
    job = run_search()
    assert counts(job) == {"created": 1, "updated": 2}
    assert job.movie_ids[:2] == [known.pk, matched.pk]
    assert Movie.objects.count() == 3
    again = run_search()
    assert (counts(again), again.movie_ids) == ({"unchanged": 3}, job.movie_ids)


def test_rows_repeated_on_a_later_page_count_once(lanterns, run_search, monkeypatch):
    fake = lanterns(12)
    search = OMDbClient.search

    def overlapping(client, term, year=None, page=1):
        found = search(client, term, year, page)
        return found if page == 1 else type(found)(page, [{**fake.titles["tt0000003"]}, *found.results], found.total)

    monkeypatch.setattr(OMDbClient, "search", overlapping)
    job = run_search()
    assert (job.total, counts(job)) == (12, {"created": 12})
    assert len(details(fake)) == 12


def test_other_types_in_the_search_are_skipped(lanterns, run_search, monkeypatch):
    fake = lanterns(3)
    search = OMDbClient.search

    def with_a_game(*arguments):
        page = search(*arguments)
        page.results[1] = page.results[1] | {"Type": "game"}
        return page

    monkeypatch.setattr(OMDbClient, "search", with_a_game)
    job = run_search()
    assert (counts(job), job.total, job.progress) == ({"created": 2, "skipped": 1}, 3, 3)
    assert details(fake) == ["tt0000001", "tt0000003"]


def test_other_types_in_the_details_are_skipped(fake_omdb, run_search, monkeypatch):
    row = title_json(1)
    fake_omdb.titles["tt0000001"] = row
    by_id = OMDbClient.by_id
    monkeypatch.setattr(OMDbClient, "by_id", lambda client, imdb_id: by_id(client, imdb_id) | {"Type": "series"})
    job = run_search()
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
        b'{"Response":"True", never closed}',
    ],
    ids=["id", "title", "another film", "unknown", "internal error", "unreadable"],
)
def test_a_bad_record_is_counted_and_skipped(lanterns, run_search, broken, monkeypatch):
    fake = lanterns(3)
    answer = fake.answer

    def broken_detail(request):
        return (200, broken) if request.query.get("i") == "tt0000002" else answer(request)

    monkeypatch.setattr(fake, "answer", broken_detail)
    job = run_search()
    assert (job.status, counts(job), len(job.movie_ids)) == ("completed", {"created": 2, "failed": 1}, 2)


def test_a_bad_row_of_the_search_is_counted(lanterns, run_search):
    fake = lanterns(3)
    fake.titles["tt0000002"]["imdbID"] = "nonsense"
    job = run_search()
    assert (job.status, counts(job), job.total) == ("completed", {"created": 2, "failed": 1}, 3)
    assert details(fake) == ["tt0000001", "tt0000003"]


def test_a_film_refused_by_the_table_is_counted(lanterns, run_search, monkeypatch, events):
    lanterns(2)
    adopt = worker.adopt_row

    def refuse(row):
        if row["imdbID"] == "tt0000001":
            raise IntegrityError("secret row")
        return adopt(row)

    monkeypatch.setattr(worker, "adopt_row", refuse)
    assert counts(run_search()) == {"created": 1, "failed": 1}
    assert [entry["reason"] for entry in events("record_skipped")] == ["IntegrityError"]


@pytest.mark.parametrize("sentence", ["Movie not found!", "Too many results."])
def test_a_search_without_results_is_completed_with_a_remark(fake_omdb, run_search, sentence, monkeypatch):
    monkeypatch.setattr(fake_omdb, "answer", lambda _asked: (200, error_json(sentence)))
    job = run_search()
    assert (job.status, job.total, job.remark) == ("completed", 0, "OMDb found no films for this search.")
