"""Deletion of imports: a finished job is kept as a record, its rows are not."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.errors import Code, Conflict
from movies.importing.jobs import TASKS, Status
from movies.models import LibraryImport, LibraryImportRow

KEPT_FOR = timedelta(days=30)


def delete_import(job: LibraryImport) -> None:
    """Delete the job and its rows, not what it imported. Raises Conflict while a worker may work on it."""
    with transaction.atomic():
        stored = LibraryImport.objects.select_for_update().filter(pk=job.pk).first()
        if stored is None:
            return
        if stored.status in TASKS:
            raise Conflict(Code.CONFLICT, f"This file is {stored.get_status_display()}. Delete it when that is done.")
        stored.delete()


def clean_imports() -> tuple[int, int]:
    """Delete, after 30 days, the rows of finished jobs, and whole jobs that were checked and never applied.

    Returns the numbers of rows and jobs.
    """
    before = timezone.now() - KEPT_FOR
    finished = LibraryImport.objects.filter(finished_at__lt=before)
    rows, _ = LibraryImportRow.objects.filter(job__in=finished).delete()
    _, deleted = LibraryImport.objects.filter(status=Status.CHECKED, created_at__lt=before).delete()
    return rows, deleted.get(LibraryImport._meta.label, 0)
