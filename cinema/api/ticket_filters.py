"""Parameters that filter lists of tickets. cinema.queries.ticket_lists applies them."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from cinema.api.moments import DayFilter
from cinema.models import Ticket
from cinema.queries import ticket_lists
from common.api.filters import IntegerFilter
from movies.api.film_ids import FilmIdFilter


class OwnTicketFilter(django_filters.FilterSet):
    when = django_filters.ChoiceFilter(
        choices=[(period, period) for period in ticket_lists.PERIODS],
        help_text="`upcoming`: the session is not over; `past`: it is over; `used`: the ticket was used; `cancelled`: "
        "the ticket or the session was cancelled.",
    )

    class Meta:
        model = Ticket
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        period = self.form.cleaned_data["when"]
        return ticket_lists.filter_period(queryset, period) if period else queryset


class TicketFilter(django_filters.FilterSet):
    session = IntegerFilter(min_value=1, help_text="Id of a session.")
    movie = FilmIdFilter(min_value=1, help_text="Id of a film.")
    user = IntegerFilter(min_value=1, help_text="Id of the holder.")
    date = DayFilter(help_text="Day on which the session begins in the cinema's time zone.")
    state = django_filters.ChoiceFilter(
        choices=[(state, state) for state in ticket_lists.STATES],
        help_text="`valid`: neither used nor cancelled.",
    )
    code = django_filters.CharFilter(max_length=64, help_text="Ticket code, with or without dashes.")

    class Meta:
        model = Ticket
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Ticket]) -> QuerySet[Ticket]:
        filters: dict[str, Any] = {name: value for name, value in self.form.cleaned_data.items() if value}
        return ticket_lists.filter_tickets(queryset, day=filters.pop("date", None), **filters)
