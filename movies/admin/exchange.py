"""Import and export of films, by django-import-export: a preview first, then all rows or none."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from import_export.admin import ImportExportMixin
from import_export.results import RowResult
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
from movies.admin.resources import MovieResource
from movies.models import Movie

GONE = "This file is no longer available: it has already been imported, or was uploaded more than an hour ago."


class ExchangeAdmin(ImportExportMixin):
    resource_classes = [MovieResource]
    formats = [FilmsCSV, FilmsJSON]
    import_form_class = FilmImportForm
    confirm_form_class = FilmConfirmForm
    export_form_class = SelectableFieldsExportForm
    tmp_storage_class = CachedFile
    import_template_name = "admin/movies/movie/import.html"

    def get_import_data_kwargs(self, **options: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**options), "rollback_on_validation_errors": True}

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

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Show the errors if a row has become invalid since the preview; then nothing was written."""
        if not result.has_errors() and not result.has_validation_errors():
            response: HttpResponse = super().process_result(result, request)
            return response
        context = {
            **self.admin_site.each_context(request),
            "title": "Import",
            "form": FilmImportForm(self.formats, self.resource_classes),
            "opts": Movie._meta,
            "result": result,
        }
        return TemplateResponse(request, self.import_template_name, context)

    def generate_log_entries(self, result: Any, request: Any) -> None:
        """Record in the history of each film who imported it."""
        content_type = ContentType.objects.get_for_model(Movie)
        LogEntry.objects.bulk_create(
            LogEntry(
                user=request.user,
                content_type=content_type,
                object_id=row.object_id,
                object_repr=row.object_repr[:200],
                action_flag=ADDITION if row.is_new() else CHANGE,
                change_message=json.dumps([_change_message(row)]),
            )
            for row in result.rows
            if not row.is_skip()
        )

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        new, changed, unchanged = (
            result.totals[kind]
            for kind in (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE, RowResult.IMPORT_TYPE_SKIP)
        )
        messages.success(request, f"Imported: {new:,} new, {changed:,} changed, {unchanged:,} unchanged.")

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


def _change_message(row: Any) -> dict[str, Any]:
    """Return the change in the format of the admin's history."""
    return {"added": {}} if row.is_new() else {"changed": {"fields": [column for column, _, _ in row.changes]}}
