"""Import and export of films, by django-import-export: a preview first, then all rows or none, written by a worker."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect
from import_export.admin import ImportExportMixin
from tablib import Dataset
from unfold.contrib.import_export.forms import SelectableFieldsExportForm

from common.limits.costs import costs, posts
from movies.admin.files import (
    MAX_ROWS,
    CachedFile,
    FileGone,
    FileRefused,
    FilmConfirmForm,
    FilmImportForm,
    FilmsCSV,
    FilmsJSON,
)
from movies.exchange import jobs
from movies.exchange.resources import MovieResource
from movies.models import FilmImport, Movie

GONE = "This file is no longer available: it has already been imported, or was uploaded more than an hour ago."


class ExchangeAdmin(ImportExportMixin):
    resource_classes = [MovieResource]
    formats = [FilmsCSV, FilmsJSON]
    import_form_class = FilmImportForm
    confirm_form_class = FilmConfirmForm
    export_form_class = SelectableFieldsExportForm
    tmp_storage_class = CachedFile
    import_template_name = "admin/movies/movie/import.html"

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if not isinstance(e, FileRefused | FileGone):
            raise e
        form.add_error("import_file", str(e) or "The file could not be stored right now. Please try again in a moment.")

    @costs("imports")
    def process_import(self, request: HttpRequest, **options: Any) -> HttpResponse:
        try:
            return super().process_import(request, **options)
        except (FileGone, FileRefused) as error:
            messages.error(request, str(error) or GONE)
        return redirect("admin:movies_movie_import")

    def process_dataset(self, dataset: Dataset, form: Any, request: HttpRequest, **options: Any) -> FilmImport:
        """Leave the import to a worker: it takes longer than a page may."""
        return jobs.start_import(request.user, dataset)  # type: ignore[arg-type]

    def process_result(self, result: FilmImport, request: HttpRequest) -> HttpResponse:
        return redirect("admin:movies_movie_import_state", result.pk)

    def get_urls(self) -> list[URLPattern]:
        view = require_safe(self.admin_site.admin_view(self.import_state))
        return [path("import/<int:pk>/", view, name="movies_movie_import_state"), *super().get_urls()]

    def import_state(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show how far an import of the reader's is, and then what came of it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        job = get_object_or_404(FilmImport, pk=pk, user=request.user)
        context = {**self.admin_site.each_context(request), "title": "Import", "opts": Movie._meta, "job": job}
        if job.result is None:
            context["percent"] = jobs.progress_of(job)
            return TemplateResponse(request, "admin/movies/movie/import_state.html", context)
        if job.has_errors:
            if request.htmx:  # type: ignore[attr-defined]
                return HttpResponseClientRedirect(request.path)
            form = FilmImportForm(self.formats, self.resource_classes)
            return TemplateResponse(request, self.import_template_name, {**context, "form": form, "result": job})
        new, changed, unchanged = (job.result["counts"][kind] for kind in ("new", "update", "skip"))
        messages.success(request, f"Imported: {new:,} new, {changed:,} changed, {unchanged:,} unchanged.")
        films = reverse("admin:movies_movie_changelist")
        return HttpResponseClientRedirect(films) if request.htmx else redirect(films)  # type: ignore[attr-defined]

    @costs("imports", when=posts)
    def import_action(self, request: HttpRequest, **options: Any) -> HttpResponse:
        response: HttpResponse = super().import_action(request, **options)
        return response

    @costs("exports", when=posts)
    def export_action(self, request: HttpRequest) -> HttpResponse:
        try:
            response: HttpResponse = super().export_action(request)
        except IncorrectLookupParameters:
            return redirect("admin:movies_movie_export")
        return response

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: QuerySet[Movie], **options: Any) -> Any:
        if queryset[: MAX_ROWS + 1].count() > MAX_ROWS:
            raise ValueError(f"These are more than {MAX_ROWS:,} films. Filter the list and export it in parts.")
        return super().get_export_data(file_format, request, queryset, **options)
