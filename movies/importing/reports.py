"""Reading back what became of a file."""

from typing import Any

from django.db.models import F, Func, JSONField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject, Substr

from movies.models import LibraryImport, LibraryImportRow

BEGINNING = 140
SHOWN = ("title", "year", "imdb_id", "tmdb_id", "rating", "is_favorite", "at")


def imports_of(user: Any) -> QuerySet[LibraryImport]:
    """Somebody's own, the newest first."""
    return LibraryImport.objects.filter(user_id=user.pk).order_by("-created_at", "-id")


def rows_of(job: LibraryImport) -> QuerySet[LibraryImportRow]:
    """In the order of the file, each with its film and what it says as `short`: a row may carry a whole poster, which
    never leaves the database for a list."""
    short: dict[str, Any] = {name: F(f"said__{name}") for name in SHOWN}
    short["review"] = Substr(KT("said__review"), 1, BEGINNING)
    rows = job.rows.defer("said").select_related("movie").order_by("line", "pk")
    return rows.annotate(short=Func(JSONObject(**short), function="jsonb_strip_nulls", output_field=JSONField()))
