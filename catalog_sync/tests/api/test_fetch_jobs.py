from datetime import datetime

import pytest

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory
from catalog_sync.models import FetchJob
from catalog_sync.tests.factories import FetchJobFactory
from common.services import publishing
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

FETCH = "/api/v1/movies/fetch"


@pytest.fixture
def manager():
    return ManagerFactory(username="mara")


@pytest.fixture
def ask(client, manager):
    """Return a function that sends the manager's requests."""
    headers = {"Authorization": f"Bearer {tokens.open_sign_in(manager).access}"}

    def ask(method, path="", data=None, **options):
        kind = {} if method == "get" else {"content_type": "application/json"}
        return getattr(client, method)(FETCH + path, data or {}, headers=headers, **kind, **options)

    return ask


@pytest.fixture
def sent(monkeypatch):
    keys = []
    monkeypatch.setattr(publishing, "publish", lambda _name, arguments: keys.extend(arguments))
    return keys


def moment(text):
    return datetime.fromisoformat(text)


def test_a_manager_starts_a_fetch(ask, manager, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = ask("post", "", {"search_term": " star wars", "year": 1977, "limit": 20})
    job = FetchJob.objects.get()
    body = response.json()
    assert response.status_code == 202
    assert response["Location"] == f"{FETCH}/jobs/{job.pk}"
    assert moment(body.pop("created_at")) == job.created_at
    assert body == {
        "id": job.pk,
        "search_term": "star wars",
        "year": 1977,
        "limit": 20,
        "status": "queued",
        "progress": 0,
        "total": 0,
        "found": 0,
        "movies": [],
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
        "skipped": 0,
        "remark": "",
        "error": "",
        "requested_by": {"id": manager.pk, "username": "mara"},
        "started_at": None,
        "finished_at": None,
    }
    assert sent == [job.pk]


@pytest.mark.parametrize("nothing", [{}, {"year": None, "limit": None}])
def test_year_and_limit_may_be_left_out(ask, sent, nothing):
    body = ask("post", "", {"search_term": "star wars"} | nothing).json()
    assert (body["year"], body["limit"]) == (None, 50)


def test_a_finished_job(ask, client, manager):
    films = [MovieFactory(title=f"Star {n}", year=1970 + n, imdb_id=f"tt000000{n}") for n in (3, 1, 2)]
    gone = MovieFactory()
    job = FetchJobFactory(
        search_term="star",
        requested_by=None,
        status="completed",
        limit=5,
        found=9,
        movie_ids=[gone.pk, *(film.pk for film in films)],
        created=3,
        updated=1,
        failed=1,
    )
    gone.delete()
    body = ask("get", f"/jobs/{job.pk}").json()
    assert moment(body.pop("created_at")) == moment(body.pop("started_at")) == moment(body.pop("finished_at"))
    assert body == {
        "id": job.pk,
        "search_term": "star",
        "year": None,
        "limit": 5,
        "status": "completed",
        "progress": 5,
        "total": 5,
        "found": 9,
        "movies": [{"id": film.pk, "title": film.title, "year": film.year, "imdb_id": film.imdb_id} for film in films],
        "created": 3,
        "updated": 1,
        "unchanged": 0,
        "failed": 1,
        "skipped": 0,
        "remark": "OMDb has 9 films for this; the first 5 were fetched.",
        "error": "",
        "requested_by": None,
    }


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["search_term"]),
        ({"search_term": "  "}, ["search_term"]),
        ({"search_term": None}, ["search_term"]),
        ({"search_term": ["star"]}, ["search_term"]),
        ({"search_term": "ab"}, ["search_term"]),
        ({"search_term": "x" * 5000}, ["search_term"]),
        ({"search_term": "star", "year": "soon"}, ["year"]),
        ({"search_term": "star", "year": 10**40}, ["year"]),
        ({"search_term": "star", "limit": 0}, ["limit"]),
        ({"search_term": "star", "limit": 1.5}, ["limit"]),
        ({"search_term": "star", "title": "x"}, ["title"]),
        ({"search_term": "ab", "year": 1, "limit": 1000}, ["limit", "search_term", "year"]),
    ],
)
def test_bad_bodies_are_refused_by_field(ask, body, fields):
    response = ask("post", "", body)
    assert response.status_code == 400
    assert sorted({error["field"] for error in response.json()["errors"]}) == fields
    assert not FetchJob.objects.exists()


def test_nul_is_refused(ask):
    response = ask("post", "", {"search_term": "star\0wars"})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "search_term")


def test_an_equal_active_search_is_a_conflict(ask, sent):
    first = ask("post", "", {"search_term": "star wars"}).json()["id"]
    response = ask("post", "", {"search_term": "Star Wars"})
    body = response.json()
    assert (response.status_code, body["code"]) == (409, "duplicate")
    assert body["message"] == f"The same search is waiting for a worker: fetch {first}."
    assert [error["field"] for error in body["errors"]] == ["search_term"]


def test_active_jobs_come_first_then_the_newest(ask):
    running = FetchJobFactory(status="running")
    ended = [FetchJobFactory(status=status) for status in FetchJob.FINISHED]
    queued = FetchJobFactory()
    body = ask("get", "/jobs").json()
    expected = [queued, running, *reversed(ended)]
    assert [item["id"] for item in body["items"]] == [job.pk for job in expected]
    assert body["meta"] == {
        "page": 1,
        "limit": 20,
        "total": 5,
        "total_pages": 1,
        "total_is_exact": True,
        "next_cursor": None,
    }
    body = ask("get", "/jobs", {"page": 2, "limit": 2}).json()
    assert [item["id"] for item in body["items"]] == [job.pk for job in expected[2:4]]


def test_the_filter_by_status(ask):
    FetchJobFactory(status="running")
    failed = FetchJobFactory(status="failed")
    [item] = ask("get", "/jobs", {"status": "failed"}).json()["items"]
    assert (item["id"], item["error"]) == (failed.pk, "OMDb is out of order.")
    response = ask("get", "/jobs", {"status": "bad"})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "status")
    assert ask("get", "/jobs", {"state": "failed"}).status_code == 400
    assert ask("get", "/jobs/1", {"state": "failed"}).status_code == 400


def test_cancelling(ask, django_capture_on_commit_callbacks):
    job = FetchJobFactory(status="running", created=1, pending=["tt0000002"], movie_ids=[MovieFactory(title="Heat").pk])
    with django_capture_on_commit_callbacks(execute=True):
        response = ask("post", f"/cancel/{job.pk}")
    body = response.json()
    assert (response.status_code, body["status"], body["progress"], body["total"]) == (200, "cancelled", 1, 2)
    assert [movie["title"] for movie in body["movies"]] == ["Heat"]
    assert body["finished_at"]
    again = ask("post", f"/cancel/{job.pk}")
    assert (again.status_code, again.json()["message"]) == (409, "This fetch has ended: cancelled.")


def test_unknown_jobs(ask):
    assert ask("get", "/jobs/1").status_code == 404
    assert ask("get", f"/jobs/{10**30}").status_code == 404
    assert ask("post", "/cancel/1").status_code == 404
    assert ask("post", f"/cancel/{10**30}").status_code == 404
    assert ask("get", "/jobs/x").status_code == 404
    assert ask("get", "").status_code == 405
    assert ask("get", "/cancel/1").status_code == 405
    job = FetchJobFactory()
    response = ask("post", f"/cancel/{job.pk}", {"why": "x"})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "why")


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_queries_do_not_grow(ask, jobs, django_assert_num_queries):
    for _ in range(jobs):
        FetchJobFactory(status="completed", created=2, movie_ids=[MovieFactory().pk, MovieFactory().pk])
    with django_assert_num_queries(3):  # sign-in, jobs, their films
        assert len(ask("get", "/jobs").json()["items"]) == jobs
    job = FetchJob.objects.first()
    with django_assert_num_queries(3):
        ask("get", f"/jobs/{job.pk}")
