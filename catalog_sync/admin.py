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
        "finished_at",
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
