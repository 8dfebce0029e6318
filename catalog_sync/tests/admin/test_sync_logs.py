from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from catalog_sync.admin.sync_logs import BUTTONS
from catalog_sync.models import SyncLog
from common.services import publishing

pytestmark = pytest.mark.django_db

LIST = reverse("admin:catalog_sync_synclog_changelist")


def start(entity):
    return reverse("admin:catalog_sync_synclog_start", args=[entity])


@pytest.fixture
def manager(client):
    client.force_login(ManagerFactory())
    return client


@pytest.fixture
def sent_runs(monkeypatch):
    keys = []
    monkeypatch.setattr(publishing, "publish", lambda _name, args: keys.append(*args))
    return keys


def test_the_list_shows_progress_counts_and_errors_with_a_button_for_each_step(manager):
    began = timezone.now() - timedelta(minutes=3)
    SyncLog.objects.create(entity_type="details", started_at=began, pages_done=4, pages_total=20)
    ended = {"started_at": began, "finished_at": began + timedelta(seconds=75)}
    SyncLog.objects.create(entity_type="movies", status="failed", error_message="TMDB is away.", **ended)
    remarks = {"left_for_tomorrow": 7}
    SyncLog.objects.create(entity_type="enrichment", status="success", remarks=remarks, **ended)
    page = manager.get(LIST).content.decode()
    for text in ("batch 4 of 20", "0:01:15", "TMDB is away.", "left for tomorrow: 7"):
        assert text in page
    for entity, label in BUTTONS.items():
        assert f'action="{start(entity)}"' in page
        assert label in page


def test_ids_come_from_a_file_and_have_no_button(manager, sent_runs):
    assert {*SyncLog.Entity.values} - {*BUTTONS} == {"ids"}
    assert manager.post(start("ids")).status_code == 404
    assert not sent_runs


@pytest.mark.parametrize("entity", BUTTONS)
def test_each_button_starts_its_step(manager, sent_runs, entity, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = manager.post(start(entity), follow=True)
    run = SyncLog.objects.get()
    assert (run.entity_type, sent_runs) == (entity, [run.pk])
    assert "a worker starts in a moment" in response.content.decode()


def test_a_second_click_shows_a_warning(manager, sent_runs):
    manager.post(start("night"))
    response = manager.post(start("night"), follow=True)
    assert "was started a moment ago and is waiting for a worker." in response.content.decode()
    assert SyncLog.objects.count() == 1


def test_a_get_request_starts_nothing(manager):
    assert manager.get(start("night")).status_code == 405
    assert manager.post(start("everything")).status_code == 404
    assert not SyncLog.objects.exists()


@pytest.mark.parametrize("user", [None, UserFactory], ids=["anonymous", "customer"])
def test_only_managers_start_a_run(client, user):
    if user:
        client.force_login(user())
    assert client.post(start("night")).status_code == 302
    assert not SyncLog.objects.exists()
