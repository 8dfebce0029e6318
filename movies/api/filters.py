"""Filters of lists. The filters of films are applied by movies.queries.films.filter_films."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework.exceptions import NotAuthenticated

from common.api.filters import IntegerFilter, TrueOrFalseFilter
from movies.api.film_ids import FilmIdFilter
from movies.models import LibraryImportRow, Movie, Rating, ReviewReport, Viewing, WatchlistItem
from movies.models.limits import FIRST_YEAR, LAST_YEAR
from movies.queries.films import filter_films, private_films
from movies.queries.genres import all_genres


class GenresField(forms.CharField):
    """Comma-separated ids or slugs of genres, cleaned to a list of ids."""

    def clean(self, value: Any) -> list[int]:
        text = super().clean(value)
        if not text:
            return []
        ids = {genre["slug"]: genre["id"] for genre in all_genres()}
        ids |= {str(pk): pk for pk in ids.values()}
        wanted = [part.strip().lower() for part in text.split(",") if part.strip()]
        unknown = [part for part in wanted if part not in ids]
        if unknown:
            raise ValidationError(f"Unknown genre: {', '.join(unknown)}.")
        return [ids[part] for part in dict.fromkeys(wanted)]


class GenresFilter(django_filters.CharFilter):
    field_class = GenresField


class YearFilter(IntegerFilter):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=FIRST_YEAR, max_value=LAST_YEAR, **options)


class WatchlistFilter(django_filters.FilterSet):
    favorite = TrueOrFalseFilter(
        field_name="is_favorite", help_text="`true`: only favourites; `false`: only the others."
    )

    class Meta:
        model = WatchlistItem
        fields: list[str] = []


class MovieFilter(django_filters.FilterSet):
    genre = GenresFilter(help_text="Comma-separated ids or slugs. Films must have all of these genres.")
    year = YearFilter()
    year_min = YearFilter(help_text="First year, inclusive.")
    year_max = YearFilter(help_text="Last year, inclusive.")
    rating_min = django_filters.NumberFilter(
        min_value=0, max_value=10, help_text="Minimum average rating by our visitors, 0-10."
    )
    age_max = IntegerFilter(min_value=0, max_value=99, help_text="Only films that a visitor of this age may see.")
    now_showing = TrueOrFalseFilter(help_text="`true`: only films with upcoming sessions; `false`: only the others.")
    coming_soon = TrueOrFalseFilter(
        help_text="`true`: only films that come to the cinemas of our region after today; `false`: only the others."
    )
    owner = django_filters.ChoiceFilter(
        choices=[("me", "me")], help_text="`me`: your private films instead of the catalogue."
    )

    class Meta:
        model = Movie
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Movie]) -> QuerySet[Movie]:
        criteria = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "", [])}
        if criteria.pop("owner", None):
            if not self.request.user.is_authenticated:
                raise NotAuthenticated
            queryset = private_films(self.request.user)
        return filter_films(queryset, **criteria)


class RatingFilter(django_filters.FilterSet):
    movie_id = FilmIdFilter(min_value=1, help_text="Only your rating of this film.")

    class Meta:
        model = Rating
        fields: list[str] = []


class ViewingFilter(django_filters.FilterSet):
    movie_id = FilmIdFilter(min_value=1, help_text="Only viewings of this film.")

    class Meta:
        model = Viewing
        fields: list[str] = []


class ImportRowFilter(django_filters.FilterSet):
    outcome = django_filters.ChoiceFilter(
        choices=LibraryImportRow.Outcome.choices, help_text="Only rows with this outcome."
    )
    kind = django_filters.ChoiceFilter(choices=LibraryImportRow.Kind.choices, help_text="Only rows of this kind.")

    class Meta:
        model = LibraryImportRow
        fields: list[str] = []


class ReportFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(
        choices=[("open", "open"), ("resolved", "resolved")], method="filter_state", help_text="Only these reports."
    )

    class Meta:
        model = ReviewReport
        fields: list[str] = []

    def filter_state(self, reports: QuerySet[ReviewReport], name: str, state: str) -> QuerySet[ReviewReport]:
        return reports.filter(resolved_at__isnull=state == "open")
