"""The tasks of imports, and imports in the export of an account."""

from datetime import timedelta
from io import BytesIO

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from accounts.people import export
from common.services import publishing
from movies import tasks
from movies.importing import applying, jobs, starting
from movies.models import LibraryImport, Rating
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

CSV = b"marquee_id,title,year,rating\n,Heat,1995,8"


def test_every_task_name_that_is_sent_exists():
    names = {*jobs.TASKS.values(), *(entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values())}
    current_app.loader.import_default_modules()
    assert names <= set(current_app.tasks)
    assert {"movies.tasks.resume_library_imports", "movies.tasks.clean_library_imports"} <= names


def test_tasks_import_a_file_once(ana):
    MovieFactory(title="Heat", year=1995)
    job = starting.start_import(ana, BytesIO(CSV), "a.csv")
    tasks.apply_library_import(job.pk)
    assert not Rating.objects.exists()
    tasks.check_library_import(job.pk)
    tasks.check_library_import(job.pk)
    assert not Rating.objects.exists()
    applying.start_applying(job)
    tasks.apply_library_import(job.pk)
    tasks.apply_library_import(job.pk)
    assert Rating.objects.get().rating == 8
    tasks.check_library_import(job.pk + 1)  # deleted meanwhile


def test_the_periodic_tasks_resume_and_clean(ana, monkeypatch, events):
    sent = []
    monkeypatch.setattr(publishing, "publish", lambda name, args, **options: sent.append((name, *args)))
    job = starting.start_import(ana, BytesIO(CSV), "a.csv")
    tasks.resume_library_imports()
    assert sent == [("movies.tasks.check_library_import", job.pk)]
    LibraryImport.objects.update(status="done", finished_at=timezone.now() - timedelta(days=31))
    tasks.clean_library_imports()
    assert [(event["rows"], event["jobs"]) for event in events("library_imports_cleaned")] == [(1, 0)]


def test_the_export_of_an_account_has_the_files_and_not_their_rows(ana):
    job = starting.start_import(ana, BytesIO(CSV), "a.csv")
    exported = export.collect_data(ana)
    assert [row["filename"] for row in exported["movies.libraryimport"]] == ["a.csv"]
    assert job.rows.exists()
    assert "movies.libraryimportrow" not in exported
