"""Parameters that filter the programme. cinema.queries.sessions.filter_sessions applies them."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from cinema.api.moments import DayFilter, MomentFilter
from cinema.models import MovieSession
from cinema.queries import sessions
from common.api.filters import IntegerFilter, TrueOrFalseFilter
from movies.api.film_ids import FilmIdFilter

ARGUMENTS = {"date": "day", "from": "begin", "to": "end"}


class SessionsOfFilmFilter(django_filters.FilterSet):
    date = DayFilter(
        help_text="Sessions that begin on this day in the cinema's time zone, such as 2026-12-31. May be past."
    )
    room = IntegerFilter(min_value=1, help_text="Id of a room.")
    published = TrueOrFalseFilter(help_text="For managers: `true` for what customers see, `false` for drafts.")
    cancelled = TrueOrFalseFilter(help_text="For managers: `true` for cancelled sessions only.")

    class Meta:
        model = MovieSession
        fields: list[str] = []

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        # `from` is a keyword, so it cannot be an attribute.
        return {
            **super().get_filters(),
            "from": MomentFilter(help_text="Sessions that begin at this time or later. May be past."),
            "to": MomentFilter(help_text="Sessions that begin before this time. May be past."),
        }

    def filter_queryset(self, queryset: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
        values = self.form.cleaned_data.items()
        filters = {ARGUMENTS.get(name, name): value for name, value in values if value not in (None, "")}
        return sessions.filter_sessions(queryset, **filters)


class SessionFilter(SessionsOfFilmFilter):
    movie = FilmIdFilter(min_value=1, help_text="Id of a film.")
