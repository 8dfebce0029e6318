"""The runs of the syncs: what ran, how it ended, what it did."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from catalog_sync.models import SyncLog
from config.admin import ReadOnlyAdmin


@admin.register(SyncLog)
class SyncLogAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = [
        "entity_type",
        "status",
        "started_at",
        "duration",
        "pages_done",
        "total_synced",
        "created",
        "updated",
        "unchanged",
        "failed",
        "error_message",
    ]
    list_filter = ["entity_type", "status"]
    date_hierarchy = "started_at"

    @admin.display(description="Took")
    def duration(self, run: SyncLog) -> str:
        """In whole seconds; empty while it is in progress."""
        return str(run.finished_at - run.started_at).partition(".")[0] if run.finished_at else ""
