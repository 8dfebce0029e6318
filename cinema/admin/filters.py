"""Filters of the lists of sessions, tickets and waiting lists."""

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from cinema.core.local_time import day_bounds, today
from cinema.models import Room

DAYS = 14  # to come that are offered as a filter; half as many past


class WhenFilter(admin.SimpleListFilter):
    title, parameter_name = "when", "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", "Today"), ("upcoming", "Upcoming"), ("past", "Past"), ("cancelled", "Cancelled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        now = timezone.now()
        begin, end = day_bounds(today())
        condition = {
            "today": Q(starts_at__gte=begin, starts_at__lt=end),
            "upcoming": Q(starts_at__gt=now, cancelled_at=None),
            "past": Q(starts_at__lte=now, cancelled_at=None),
            "cancelled": Q(cancelled_at__isnull=False),
        }.get(self.value() or "")
        return queryset.filter(condition) if condition else None


class RoomFilter(admin.SimpleListFilter):
    """A filter by room; `field` is the path to the room."""

    title, parameter_name = "room", "room"
    field = "room"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(room.pk), str(room)) for room in Room.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value() or ""
        return queryset.filter(**{self.field: int(value)}) if value in dict(self.lookup_choices) else None


class SessionRoomFilter(RoomFilter):
    field = "session__room"


class SessionDayFilter(admin.SimpleListFilter):
    """A filter by the day of a ticket's session; the address may hold any day."""

    title, parameter_name = "day of the session", "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        days = [today() + timedelta(days=ahead) for ahead in range(-DAYS // 2, DAYS + 1)]
        return [(day.isoformat(), f"{day:%a %d %b %Y}") for day in days]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        try:
            begin, end = day_bounds(date.fromisoformat(self.value() or ""))
        except (ValueError, ValidationError):
            return None
        return queryset.filter(session__starts_at__gte=begin, session__starts_at__lt=end)


class TicketStateFilter(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("valid", "Valid"), ("used", "Used"), ("cancelled", "Cancelled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        condition = {
            "valid": Q(used_at=None, cancelled_at=None),
            "used": Q(used_at__isnull=False),
            "cancelled": Q(cancelled_at__isnull=False),
        }.get(self.value() or "")
        return queryset.filter(condition) if condition else None
