"""Times and days in requests: ISO 8601, in the cinema's time zone where no offset is given."""

import re
from datetime import UTC, date, datetime
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cinema.core import local_time

EXPECTED_FORMAT = (
    "Write it as 2026-12-31T20:15:00Z, or with another offset; without one it is in the cinema's time zone."
)
# A "+" that is not escaped in an address arrives as a space.
UNESCAPED_PLUS = re.compile(r"(?<=:[0-9]{2}) (?=[0-9]{2}:?[0-9]{2}$)")


def parse_moment(text: str) -> datetime:
    """Return the time in UTC. Raises ValidationError."""
    try:
        parsed = parse_datetime(text) if ":" in text else None
        if parsed is None:
            raise ValidationError(EXPECTED_FORMAT)
        if parsed.tzinfo is None:
            return local_time.to_utc(parsed.date(), parsed.time())
        return parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValidationError(EXPECTED_FORMAT) from error


@extend_schema_field({"type": "string", "format": "date-time"})
class Moment(serializers.DateTimeField):
    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            raise serializers.ValidationError(EXPECTED_FORMAT)
        try:
            return parse_moment(value)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class MomentFormField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return parse_moment(UNESCAPED_PLUS.sub("+", text)) if text else None


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentFilter(django_filters.CharFilter):
    field_class = MomentFormField


class DayFormField(forms.DateField):
    """A day that the calendar of the cinema's time zone can represent from midnight to midnight."""

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day:
            local_time.day_bounds(day)
        return day


class DayFilter(django_filters.DateFilter):
    field_class = DayFormField

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **options)
