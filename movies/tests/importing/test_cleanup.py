"""Deletion of imports."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.errors import Conflict
from movies.importing import cleanup
from movies.importing.jobs import Status
from movies.models import LibraryImport, LibraryImportRow, Rating
from movies.tests.factories import MovieFactory
from movies.tests.importing.files import RATINGS

pytestmark = pytest.mark.django_db


class TestCleaning:
    def test_after_30_days_rows_are_deleted_and_finished_jobs_stay(self, import_file, send):
        MovieFactory(title="Heat", year=1995)
        old, new = import_file(RATINGS + ",Heat,1995,8,,\n,x,1995,8,,"), import_file(RATINGS + ",Heat,1995,8,,")
        waiting, forgotten = send(RATINGS + ",Heat,1995,8,,"), send(RATINGS + ",Heat,1995,8,,")
        long_ago = timezone.now() - timedelta(days=31)
        LibraryImport.objects.filter(pk=old.pk).update(finished_at=long_ago)
        LibraryImport.objects.filter(pk=forgotten.pk).update(created_at=long_ago)
        assert cleanup.clean_imports() == (2, 1)
        assert set(LibraryImport.objects.values_list("pk", flat=True)) == {old.pk, new.pk, waiting.pk}
        assert set(LibraryImportRow.objects.values_list("job", flat=True)) == {new.pk, waiting.pk}
        old.refresh_from_db()
        assert old.counts == {"create": 1, "unmatched": 1}
        assert Rating.objects.count() == 1
        assert cleanup.clean_imports() == (0, 0)

    def test_deleting_a_job_keeps_what_it_imported(self, import_file, send):
        MovieFactory(title="Heat", year=1995)
        job = import_file(RATINGS + ",Heat,1995,8,,")
        cleanup.delete_import(job)
        cleanup.delete_import(job)
        assert (LibraryImport.objects.count(), LibraryImportRow.objects.count(), Rating.objects.count()) == (0, 0, 1)

    @pytest.mark.parametrize("status", [Status.CHECKING, Status.APPLYING])
    def test_a_job_in_progress_cannot_be_deleted(self, send, status):
        job = send(RATINGS + ",Heat,1995,8,,")
        LibraryImport.objects.update(status=status)
        with pytest.raises(Conflict, match="Delete it when that is done"):
            cleanup.delete_import(job)
        assert LibraryImport.objects.exists()
