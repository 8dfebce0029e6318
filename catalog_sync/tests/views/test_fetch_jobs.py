"""The page where managers fetch films."""

import re

import pytest
from django.contrib.messages import get_messages

from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync.models import FetchJob
from catalog_sync.tests.factories import FetchJobFactory
from common.services import publishing
from movies.tests.factories import MovieFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

PAGE = "/fetch/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def manager(client, monkeypatch):
    monkeypatch.setattr(publishing, "publish", lambda *_message: None)
    manager = ManagerFactory(username="mara")
    client.force_login(manager)
    return manager


def html_of(response):
    return " ".join(response.content.decode().split())


def test_access(client):
    assert client.get(PAGE)["Location"] == "/account/sign-in/?next=/fetch/"
    client.force_login(UserFactory())
    response = client.get(PAGE)
    assert response.status_code == 403
    assert "Your account may not open this page" in text_of(response)
    assert PAGE not in client.get("/account/").content.decode()


def test_the_link_on_the_account_page(client, manager):
    assert f'href="{PAGE}"' in client.get("/account/").content.decode()


def test_the_page_is_not_cached(client, manager):
    response = client.get(PAGE)
    assert "no-store" in response["Cache-Control"]
    assert {"HX-Request", "X-Shown-Jobs"} <= {name.strip() for name in response["Vary"].split(",")}


def test_a_fetch_is_started(client, manager):
    response = client.post(PAGE, {"search_term": "star wars", "year": "1977", "limit": ""})
    job = FetchJob.objects.get()
    assert (response.status_code, response["Location"]) == (302, "/fetch/#active")
    assert (job.search_term, job.year, job.limit, job.requested_by) == ("star wars", 1977, 50, manager)
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["“star wars” (1977) is being fetched."]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"search_term": ""}, "search_term", "This field is required."),
        ({"search_term": "ab"}, "search_term", "OMDb searches for 3 to 100 characters."),
        ({"search_term": "star\0"}, "search_term", "Null characters are not allowed."),
        ({"year": "soon"}, "year", "Enter a whole number."),
        ({"year": "1"}, "year", "From 1870 to 2200."),
        ({"limit": "9" * 400}, "limit", "From 1 to 200."),
    ],
)
def test_errors_are_shown_at_their_field(client, manager, given, field, sentence):
    response = client.post(PAGE, {"search_term": "star wars"} | given)
    assert response.status_code == 200
    assert response.context["form"].errors == {field: [sentence]}
    assert f'aria-invalid="true" aria-describedby="id_{field}' in html_of(response) or "aria-invalid" in html_of(
        response
    )
    assert not FetchJob.objects.exists()


def test_an_equal_active_job_is_named(client, manager):
    other = FetchJobFactory(search_term="star wars")
    response = client.post(PAGE, {"search_term": "Star Wars"})
    assert response.context["form"].errors == {
        "search_term": [f"The same search is waiting for a worker: fetch {other.pk}."]
    }
    assert FetchJob.objects.count() == 1


def test_active_jobs_are_polled_until_there_are_none(client, manager):
    queued = FetchJobFactory(search_term="<b>one", requested_by=manager)
    searching = FetchJobFactory(search_term="two", status="running", pending=["tt0000001"])
    running = FetchJobFactory(
        search_term="three", year=1999, status="running", searched=True, created=2, pending=["tt0000009"], limit=7
    )
    response = client.get(PAGE)
    page, text = html_of(response), text_of(response)
    assert 'hx-get="/fetch/" hx-trigger="every 1s" hx-swap="outerHTML"' in page
    assert f'hx-headers=\'{{"X-Shown-Jobs": "{running.pk} {searching.pk} {queued.pk} "}}\'' in page
    assert "&lt;b&gt;one" in page
    assert "Waiting for a worker." in text
    assert "Searching: 1 film so far." in text
    assert "2 of 3 films." in text
    assert re.search(r'<progress class="progress" max="3" value="2" aria-label="Films of “three” \(1999\) done">', page)
    assert page.count("<progress") == 3
    assert page.count('max="') - page.count('type="number"') == 1  # the others have no known end
    for job in (queued, searching, running):
        assert f'action="/fetch/{job.pk}/cancel/"' in page
    assert '<noscript> <p><a class="button plain" href="/fetch/">Reload</a></p>' in page
    FetchJob.objects.all().delete()
    page = html_of(client.get(PAGE))
    assert "hx-get" not in page
    assert "<noscript>" not in page.partition('id="active"')[2].partition("hidden")[0]


def test_polling_gets_the_active_jobs(client, manager):
    running = FetchJobFactory(status="running", created=1, movie_ids=[MovieFactory(title="Heat").pk])
    FetchJobFactory(status="completed", search_term="before")
    response = client.get(PAGE, headers=HTMX | {"X-Shown-Jobs": str(running.pk)})
    page = html_of(response)
    assert "<html" not in page
    assert 'id="active"' in page
    assert "hx-trigger" in page
    assert 'id="history"' not in page  # it would close the details that the manager opened


def test_polling_gets_an_ended_job_once_with_the_history(client, manager):
    running = FetchJobFactory(status="running")
    ended = FetchJobFactory(search_term="ended", status="failed", error="OMDb is away.")
    response = client.get(PAGE, headers=HTMX | {"X-Shown-Jobs": f"{running.pk} {ended.pk}"})
    page = html_of(response)
    assert 'id="history" aria-labelledby="history-title" hx-swap-oob="true"' in page
    assert "Failed. OMDb is away." in page
    assert re.search(r'id="fetch-status"[^>]* hx-swap-oob="innerHTML">“ended”: failed.</p>', page)
    assert f'"X-Shown-Jobs": "{running.pk} "' in page
    ended_all = client.get(PAGE, headers=HTMX | {"X-Shown-Jobs": f"{ended.pk}"})
    FetchJob.objects.filter(pk=running.pk).delete()
    last = html_of(client.get(PAGE, headers=HTMX | {"X-Shown-Jobs": f"{ended.pk}"}))
    assert ended_all.status_code == 200
    assert "hx-trigger" not in last  # no active jobs, so no more polling
    assert 'id="history"' in last


@pytest.mark.parametrize("header", ["x", "-1", "9" * 30, "\0", "1 " * 1000, "1;2"])
def test_an_invalid_header_is_ignored(client, manager, header):
    response = client.get(PAGE, headers=HTMX | {"X-Shown-Jobs": header})
    assert response.status_code == 200
    assert 'id="history"' not in response.content.decode()


def test_the_history_shows_how_each_job_ended(client, manager):
    film = MovieFactory(title="<i>Heat", year=1995)
    FetchJobFactory(
        search_term="done", status="completed", created=1, updated=2, unchanged=3, skipped=4, failed=5,
        movie_ids=[film.pk], requested_by=None,
    )  # fmt: skip
    FetchJobFactory(search_term="nothing", status="completed")
    FetchJobFactory(search_term="broken", status="failed", year=1980, limit=7)
    FetchJobFactory(search_term="stopped", status="cancelled", created=1, pending=["tt0000002"])
    response = client.get(PAGE)
    text, page = text_of(response), html_of(response)
    assert "Completed: 15 found. 1 new 2 updated 3 unchanged 4 not a film 5 unusable" in text
    assert "1 film in the catalogue" in text
    assert f'<a href="{film.get_absolute_url()}"><bdi>&lt;i&gt;Heat</bdi> <span class="quiet">1995</span></a>' in page
    assert "OMDb found no films for this search." in text
    assert "Failed. OMDb is out of order." in text
    assert "Cancelled after 1 of 2 films." in text
    for value in ('name="search_term" value="broken"', 'name="year" value="1980"', 'name="limit" value="7"'):
        assert value in page  # Fetch again
    assert page.count("Fetch again") == 2


def test_the_history_has_pages(client, manager):
    jobs = [FetchJobFactory(status="completed", search_term=f"search {number}") for number in range(11)]
    first, second = client.get(PAGE), client.get(PAGE, {"page": "2"})
    assert str(jobs[0]) not in text_of(first)
    assert "History, page 2 of 2" in text_of(second)
    assert str(jobs[0]) in text_of(second)
    assert 'href="?page=2"' in first.content.decode()
    for page in ("0", "-1", "99", "x", "\0", "9" * 50):
        assert client.get(PAGE, {"page": page}).status_code == 200


def test_cancelling(client, manager):
    job = FetchJobFactory(search_term="star wars", status="running")
    response = client.post(f"/fetch/{job.pk}/cancel/", follow=True)
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert "“star wars” is cancelled. Films stored so far stay." in text_of(response)
    response = client.post(f"/fetch/{job.pk}/cancel/", follow=True)
    assert "This fetch has ended: cancelled." in text_of(response)
    assert client.post("/fetch/999999999/cancel/").status_code == 404
    assert client.get(f"/fetch/{job.pk}/cancel/").status_code == 405


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_queries_do_not_grow(client, manager, jobs, django_assert_num_queries):
    for _ in range(jobs):
        FetchJobFactory(status="running")
        FetchJobFactory(status="completed", created=2, movie_ids=[MovieFactory().pk, MovieFactory().pk])
    with django_assert_num_queries(7):  # session, user, active, count, history, films, unread notifications
        client.get(PAGE)
    with django_assert_num_queries(4):  # polling: without the history
        client.get(PAGE, headers=HTMX)
