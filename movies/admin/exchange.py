"""Films in and out as files, by django-import-export: a preview first, then all rows or none."""

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

from movies.admin.files import (
    MAX_ROWS,
    FileGone,
    FileRefused,
    FilmConfirmForm,
    FilmImportForm,
    FilmsCSV,
    FilmsJSON,
    KeptFile,
)
from movies.admin.resources import MovieResource
from movies.models import Movie

GONE = "This file is no longer kept here: it was brought in already, or waited for more than an hour."


class ExchangeAdmin(ImportExportMixin):
    resource_classes = [MovieResource]
    formats = [FilmsCSV, FilmsJSON]
    import_form_class = FilmImportForm
    confirm_form_class = FilmConfirmForm
    export_form_class = SelectableFieldsExportForm
    tmp_storage_class = KeptFile
    import_template_name = "admin/movies/movie/import.html"

    # --- In -----------------------------------------------------------------------------------------

    def get_import_data_kwargs(self, **options: Any) -> dict[str, Any]:
        return {**super().get_import_data_kwargs(**options), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        if not isinstance(e, FileRefused | FileGone):
            raise e
        form.add_error("import_file", str(e) or "The file could not be kept here just now. Try again in a moment.")

    def process_import(self, request: HttpRequest, **options: Any) -> HttpResponse:
        try:
            return super().process_import(request, **options)
        except (FileGone, FileRefused) as error:
            messages.error(request, str(error) or GONE)
        return redirect("admin:movies_movie_import")

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Since the preview a row may have become wrong: then nothing was written, and the page says what it is."""
        if not result.has_errors() and not result.has_validation_errors():
            answer: HttpResponse = super().process_result(result, request)
            return answer
        context = {
            **self.admin_site.each_context(request),
            "title": "Import",
            "form": FilmImportForm(self.formats, self.resource_classes),
            "opts": Movie._meta,
            "result": result,
        }
        return TemplateResponse(request, self.import_template_name, context)

    def generate_log_entries(self, result: Any, request: Any) -> None:
        """Into the films' history: who brought what in."""
        content_type = ContentType.objects.get_for_model(Movie)
        LogEntry.objects.bulk_create(
            LogEntry(
                user=request.user,
                content_type=content_type,
                object_id=row.object_id,
                object_repr=row.object_repr[:200],
                action_flag=ADDITION if row.is_new() else CHANGE,
                change_message=json.dumps([message_of(row)]),
            )
            for row in result.rows
            if not row.is_skip()
        )

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        new, changed, unchanged = (
            result.totals[kind]
            for kind in (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE, RowResult.IMPORT_TYPE_SKIP)
        )
        messages.success(request, f"Brought in: {new:,} new, {changed:,} changed, {unchanged:,} unchanged.")

    # --- Out ----------------------------------------------------------------------------------------

    def export_action(self, request: HttpRequest) -> HttpResponse:
        try:
            answer: HttpResponse = super().export_action(request)
        except IncorrectLookupParameters:
            return redirect("admin:movies_movie_export")
        return answer

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: QuerySet[Movie], **options: Any) -> Any:
        if queryset[: MAX_ROWS + 1].count() > MAX_ROWS:
            raise ValueError(f"These are more than {MAX_ROWS:,} films. Filter the list first, and export in parts.")
        return super().get_export_data(file_format, request, queryset, **options)


def message_of(row: Any) -> dict[str, Any]:
    """As the history of the admin reads it."""
    return {"added": {}} if row.is_new() else {"changed": {"fields": [column for column, _, _ in row.changes]}}
