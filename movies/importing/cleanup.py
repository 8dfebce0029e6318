"""What goes of files that were brought in: the job is kept as a record, its rows are not."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.errors import Code, Conflict
from movies.importing.working import TASKS, Status
from movies.models import LibraryImport, LibraryImportRow

KEPT_FOR = timedelta(days=30)


def delete(job: LibraryImport) -> None:
    """What it brought in stays. Raises Conflict while it is being worked on."""
    with transaction.atomic():
        held = LibraryImport.objects.select_for_update().filter(pk=job.pk).first()
        if held is None:
            return
        if held.status in TASKS:
            raise Conflict(Code.CONFLICT, f"This file is {held.get_status_display()}. Delete it when that is done.")
        held.delete()


def clean() -> tuple[int, int]:
    """After 30 days: deletes the rows of what is finished, and whole what was checked and never brought in. Returns
    how many rows and jobs."""
    before = timezone.now() - KEPT_FOR
    finished = LibraryImport.objects.filter(finished_at__lt=before)
    rows, _ = LibraryImportRow.objects.filter(job__in=finished).delete()
    _, deleted = LibraryImport.objects.filter(status=Status.CHECKED, created_at__lt=before).delete()
    return rows, deleted.get(LibraryImport._meta.label, 0)
