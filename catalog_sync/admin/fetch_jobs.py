"""The admin of fetch jobs: read-only rows, a form above the list to start a job, and an action to cancel."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import IntegerField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.people.requests import signed_in_user
from catalog_sync import fetch_jobs, queries
from catalog_sync.forms import FetchForm
from catalog_sync.models import FetchJob
from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin
from common.errors import Conflict

LIST = "admin:catalog_sync_fetchjob_changelist"


class StartForm(FetchForm):
    """The form with the admin's widgets."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            widget = UnfoldAdminIntegerFieldWidget if isinstance(field, IntegerField) else UnfoldAdminTextInputWidget
            field.widget = widget(attrs=field.widget.attrs)


@admin.register(FetchJob)
class FetchJobAdmin(ReadOnlyAdmin, ModelAdmin):
    COUNTS = ["created", "updated", "unchanged", "skipped", "failed"]

    list_display = ["search_term", "year", "status", "done", "note", *COUNTS, "requested_by", "created_at"]
    list_filter = ["status"]
    search_fields = ["search_term", "requested_by__username"]
    date_hierarchy = "created_at"
    list_before_template = "admin/catalog_sync/start_fetch.html"
    actions = ["cancel"]
    fields = [
        "search_term",
        "year",
        "limit",
        "requested_by",
        "status",
        "done",
        *COUNTS,
        "note",
        "films",
        "attempts",
        "created_at",
        "started_at",
        "finished_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FetchJob]:
        return queries.jobs()

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Return the order of the queryset: the active jobs first."""
        return list(queries.jobs().query.order_by)

    @admin.display(description="Progress")
    def done(self, job: FetchJob) -> str:
        return f"{job.progress} of {job.total}" if job.searched or not job.is_active else f"searching, {job.total}"

    @admin.display(description="Remark")
    def note(self, job: FetchJob) -> str:
        return job.error or job.remark

    @admin.display(description="Films")
    def films(self, job: FetchJob) -> str:
        links = ((reverse("admin:movies_movie_change", args=[film.pk]), str(film)) for film in job.films)
        return format_html_join(", ", '<a href="{}">{}</a>', links)

    def get_urls(self) -> list[URLPattern]:
        start: Callable[..., HttpResponse] = require_POST(self.admin_site.admin_view(self.start))
        return [path("start/", start, name="catalog_sync_fetchjob_start"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "fetch_form": StartForm()})

    def start(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = StartForm(request.POST)
        if form.is_valid():
            try:
                job = fetch_jobs.start(signed_in_user(request), **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            except Conflict as conflict:
                form.add_error("search_term", conflict.message)
            else:
                messages.success(request, f"{job}: a worker starts in a moment. Reload to see the progress.")
        for name, errors in form.errors.items():
            messages.error(request, f"{form[name].label}: {' '.join(map(str, errors))}")
        return redirect(LIST)

    @admin.action(description="Cancel", permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[FetchJob]) -> None:
        for job in queryset:
            try:
                fetch_jobs.cancel(job)
            except Conflict as conflict:
                messages.warning(request, f"{job}: {conflict.message}")
            else:
                messages.success(request, f"{job} is cancelled. Films stored so far stay.")
