"""Filters of the list of films in the admin."""

from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from movies.models import Movie
from movies.models.limits import FIRST_YEAR
from movies.queries.films import catalogue_films
from movies.templatetags.catalogue import language_name

LANGUAGES_KEY = "admin-languages"
FIRST_DECADE = FIRST_YEAR // 10 * 10


class YesNoFilter(admin.SimpleListFilter):
    """A yes/no filter; `yes` is the condition of "Yes"."""

    yes = Q()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie] | None:
        wanted = {"yes": self.yes, "no": ~self.yes}.get(self.value() or "")
        return queryset.filter(wanted) if wanted else None


class EditedByHandFilter(YesNoFilter):
    title, parameter_name = "edited by hand", "edited"
    yes = ~Q(locked_fields=[])


class HasPosterFilter(YesNoFilter):
    title, parameter_name = "poster", "poster"
    yes = ~Q(poster_key="")


class DecadeFilter(admin.SimpleListFilter):
    title, parameter_name = "decade", "decade"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        decades = range(timezone.now().year // 10 * 10, FIRST_DECADE - 1, -10)
        return [(str(decade), f"{decade}s") for decade in decades] + [("none", "Unknown")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie] | None:
        decade = self.value()
        if decade == "none":
            return queryset.filter(year=None)
        if decade and decade.isdecimal() and len(decade) == 4:
            return queryset.filter(year__range=(int(decade), int(decade) + 9))
        return None


class LanguageFilter(admin.SimpleListFilter):
    """The original languages of all films. They are cached, because finding them reads the whole table."""

    title, parameter_name = "original language", "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = cache.get_or_set(LANGUAGES_KEY, _find_languages) or []
        return sorted(((code, language_name(code)) for code in codes), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie] | None:
        return queryset.filter(original_language=self.value()) if self.value() else None


def _find_languages() -> list[str]:
    films = catalogue_films().exclude(original_language="").order_by()
    return list(films.values_list("original_language", flat=True).distinct())
