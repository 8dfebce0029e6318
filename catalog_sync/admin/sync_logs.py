"""The admin of sync runs, with buttons that start one."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from catalog_sync.models import SyncLog
from catalog_sync.nightly.run_now import run_now
from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin
from common.errors import Conflict

# Labels of the buttons.
BUTTONS = {
    SyncLog.Entity.NIGHT: "The whole night",
    SyncLog.Entity.GENRES: "Genres",
    SyncLog.Entity.MOVIES: "Popular films",
    SyncLog.Entity.RELEASES: "Recent releases",
    SyncLog.Entity.CHANGES: "Changes",
    SyncLog.Entity.DETAILS: "Details",
    SyncLog.Entity.ENRICHMENT: "IMDb ratings",
    SyncLog.Entity.POSTERS: "Posters",
}


@admin.register(SyncLog)
class SyncLogAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = [
        "entity_type",
        "status",
        "started_at",
        "duration",
        "progress",
        "total_synced",
        "created",
        "updated",
        "unchanged",
        "failed",
        "remarks_text",
        "error_message",
    ]
    list_filter = ["entity_type", "status"]
    date_hierarchy = "started_at"
    list_before_template = "admin/catalog_sync/run_now.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncLog]:
        return super().get_queryset(request).defer("seen_ids", "todo_ids")

    @admin.display(description="Duration")
    def duration(self, run: SyncLog) -> str:
        """Return the duration in whole seconds; of a run in progress, until now."""
        return str((run.finished_at or timezone.now()) - run.started_at).partition(".")[0]

    @admin.display(description="Remarks")
    def remarks_text(self, run: SyncLog) -> str:
        return ", ".join(f"{name.replace('_', ' ')}: {number}" for name, number in sorted(run.remarks.items()))

    def get_urls(self) -> list[URLPattern]:
        start: Callable[..., HttpResponse] = require_POST(self.admin_site.admin_view(self.start))
        return [path("start/<slug:entity>/", start, name="catalog_sync_synclog_start"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        buttons = [
            (reverse("admin:catalog_sync_synclog_start", args=[entity.value]), label)
            for entity, label in BUTTONS.items()
        ]
        return super().changelist_view(request, {**(extra_context or {}), "start_buttons": buttons})

    def start(self, request: HttpRequest, entity: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if entity not in BUTTONS:
            raise Http404
        kind = SyncLog.Entity(entity)
        try:
            run_now(kind)
        except Conflict as conflict:
            messages.warning(request, conflict.message)
        else:
            messages.success(request, f"{BUTTONS[kind]}: a worker starts in a moment. Reload to see the progress.")
        return redirect("admin:catalog_sync_synclog_changelist")
