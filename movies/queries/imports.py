"""Imports of library files and their rows."""

from typing import Any

from django.db.models import F, Func, JSONField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject, Substr

from movies.models import LibraryImport, LibraryImportRow

BEGINNING = 140
SHOWN = ("title", "year", "imdb_id", "tmdb_id", "rating", "is_favorite", "at")


def imports_of(user: Any) -> QuerySet[LibraryImport]:
    """Return the user's own imports, newest first."""
    return LibraryImport.objects.filter(user_id=user.pk).order_by("-created_at", "-id")


def rows_of(job: LibraryImport) -> QuerySet[LibraryImportRow]:
    """Return the rows in the order of the file or zip, each with its film and, as `short`, the main values of the line.

    A row may hold a whole poster, which a list must not load from the database.
    """
    short: dict[str, Any] = {name: F(f"said__{name}") for name in SHOWN}
    short["review"] = Substr(KT("said__review"), 1, BEGINNING)
    rows = job.rows.defer("said").select_related("movie").order_by("file", "line", "pk")
    return rows.annotate(short=Func(JSONObject(**short), function="jsonb_strip_nulls", output_field=JSONField()))
