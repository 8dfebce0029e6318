"""Fetch jobs in the admin."""

import pytest
from django.urls import reverse

from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync.models import FetchJob
from catalog_sync.tests.factories import FetchJobFactory
from common.services import publishing
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:catalog_sync_fetchjob_changelist")
START = reverse("admin:catalog_sync_fetchjob_start")


@pytest.fixture
def manager(client, monkeypatch):
    monkeypatch.setattr(publishing, "publish", lambda *_message: None)
    manager = ManagerFactory()
    client.force_login(manager)
    return client


def test_the_list_shows_the_progress_of_each_job(manager):
    ended = FetchJobFactory(status="failed", search_term="ended")
    FetchJobFactory(status="running", searched=True, created=2, pending=["tt0000001"])
    FetchJobFactory(pending=["tt0000001"])
    response = manager.get(LIST)
    page = response.content.decode()
    for text in ("2 of 3", "searching, 1", "OMDb is out of order.", f'action="{START}"', "Follow them"):
        assert text in page
    assert list(response.context["cl"].result_list)[-1] == ended  # active jobs first
    assert [job.search_term for job in manager.get(LIST, {"status__exact": "failed"}).context["cl"].result_list] == [
        "ended"
    ]
    assert manager.get(LIST, {"q": "ended"}).context["cl"].result_count == 1


def test_the_films_of_a_job(manager):
    film = MovieFactory(title="<b>Heat")
    job = FetchJobFactory(status="completed", created=1, movie_ids=[film.pk])
    page = manager.get(reverse("admin:catalog_sync_fetchjob_change", args=[job.pk])).content.decode()
    assert f'<a href="{reverse("admin:movies_movie_change", args=[film.pk])}">&lt;b&gt;Heat (1999)</a>' in page
    assert 'name="_save"' not in page


def test_the_form_starts_a_job(manager):
    response = manager.post(START, {"search_term": "star wars", "year": "", "limit": "5"}, follow=True)
    job = FetchJob.objects.get()
    assert (job.search_term, job.limit) == ("star wars", 5)
    assert job.requested_by is not None
    assert "“star wars”: a worker starts in a moment." in response.content.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"search_term": ""}, "Title, or a part of it: This field is required."),
        ({"search_term": "ab"}, "Title, or a part of it: OMDb searches for 3 to 100 characters."),
        ({"search_term": "known"}, "The same search is waiting for a worker"),
        ({"search_term": "star", "year": "1"}, "Year, if you know it: From 1870 to 2200."),
    ],
)
def test_refusals_are_shown(manager, data, message):
    FetchJobFactory(search_term="known")
    assert message in manager.post(START, data, follow=True).content.decode()
    assert FetchJob.objects.count() == 1


def test_the_cancel_action(manager):
    running, over = FetchJobFactory(status="running"), FetchJobFactory(status="completed")
    response = manager.post(LIST, {"action": "cancel", "_selected_action": [running.pk, over.pk]}, follow=True)
    page = response.content.decode()
    assert f"{running} is cancelled." in page
    assert f"{over}: This fetch has ended: completed." in page
    assert set(FetchJob.objects.values_list("status", flat=True)) == {"cancelled", "completed"}


def test_a_get_request_starts_nothing(manager):
    assert manager.get(START).status_code == 405
    assert not FetchJob.objects.exists()


@pytest.mark.parametrize("user", [None, UserFactory], ids=["anonymous", "customer"])
def test_only_managers_start_a_job(client, user):
    if user:
        client.force_login(user())
    assert client.post(START, {"search_term": "star wars"}).status_code == 302
    assert not FetchJob.objects.exists()


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_queries_of_the_list_do_not_grow(manager, jobs, django_assert_num_queries):
    for _ in range(jobs):
        FetchJobFactory(status="completed", created=1, movie_ids=[MovieFactory().pk])
    with django_assert_num_queries(9):
        manager.get(LIST)
