"""Filters of query parameters that more than one app uses."""

from typing import Any

import django_filters
from django import forms
from drf_spectacular.utils import extend_schema_field


class IntegerFilter(django_filters.NumberFilter):
    field_class = forms.IntegerField


@extend_schema_field({"type": "string", "enum": ["true", "false"]})
class TrueOrFalseFilter(django_filters.TypedChoiceFilter):
    """A filter by `true` or `false`; another word is refused, which BooleanFilter would ignore."""

    def __init__(self, **options: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda value: value == "true", **options)
