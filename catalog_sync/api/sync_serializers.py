"""Serializers of sync runs."""

from rest_framework import serializers

from catalog_sync.models import SyncLog


class SyncLogSerializer(serializers.ModelSerializer[SyncLog]):
    remarks = serializers.DictField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="Further counts by name: `vanished`, `twins_merged`, `left_for_tomorrow`, …",
    )

    class Meta:
        model = SyncLog
        fields = [
            "id",
            "entity_type",
            "status",
            "started_at",
            "finished_at",
            "last_sync_date",
            "pages_done",
            "pages_total",
            "total_synced",
            "created",
            "updated",
            "unchanged",
            "failed",
            "remarks",
            "error_message",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "pages_done": {"help_text": "Pages of a list, days of changes, batches of films or steps of the night."},
            "total_synced": {"help_text": "Records seen: created + updated + unchanged + failed."},
        }
