"""The constraints of the runs in the database."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog_sync.models import SyncLog
from common.database.constraints import violated_name

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("sync_log_finished_says_when", {"status": "success"}),
        ("sync_log_finished_says_when", {"status": "success", "finished_at": NOW - timedelta(hours=1)}),
        ("sync_log_finished_says_when", {"status": "in_progress", "finished_at": NOW}),
        ("sync_log_failed_says_why", {"status": "failed", "finished_at": NOW}),
        ("sync_log_counts_add_up", {"total_synced": 2, "created": 1}),
        ("sync_log_pages_within_total", {"pages_done": 2}),
    ],
)
def test_an_inconsistent_run_is_refused(constraint, values):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        SyncLog.objects.create(entity_type="movies", started_at=NOW, **values)
    assert violated_name(caught.value) == constraint
