"""The parameters that narrow the programme; what each means is said in cinema.queries.sessions.filter_sessions."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from cinema.api.moments import DayFilter, MomentFilter
from cinema.models import MovieSession
from cinema.queries import sessions
from movies.api.filters import IntegerFilter, TrueOrFalseFilter

NAMES = {"date": "day", "from": "begin", "to": "end"}


class SessionsOfFilmFilter(django_filters.FilterSet):
    date = DayFilter(help_text="Of the cinema's zone, as 2026-12-31; of a past day as well.")
    room = IntegerFilter(min_value=1, help_text="Its id.")
    published = TrueOrFalseFilter(help_text="For managers: only what customers see, or only drafts.")
    cancelled = TrueOrFalseFilter(help_text="For managers: `true` for those that were cancelled, and no others.")

    class Meta:
        model = MovieSession
        fields: list[str] = []

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        # `from` can't be the name of an attribute.
        return {
            **super().get_filters(),
            "from": MomentFilter(help_text="Those that begin then or later; also past ones."),
            "to": MomentFilter(help_text="Those that begin before; also past ones."),
        }

    def filter_queryset(self, queryset: QuerySet[MovieSession]) -> QuerySet[MovieSession]:
        given = {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "")}
        return sessions.filter_sessions(queryset, **{NAMES.get(name, name): value for name, value in given.items()})


class SessionFilter(SessionsOfFilmFilter):
    movie = IntegerFilter(min_value=1, help_text="The film's id.")
