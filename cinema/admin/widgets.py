"""Widgets in the admin's style, for forms that Django does not make from a model."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextInputWidget

INPUT = " ".join(INPUT_CLASSES)


def day_input() -> forms.DateInput:
    """Return the browser's own date field, which works best on phones."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": INPUT})


def time_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": INPUT})


def text_input(**attrs: str) -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs=attrs)


def number_input(**attrs: Any) -> forms.NumberInput:
    return forms.NumberInput(attrs={"class": INPUT, **attrs})


class SearchBox(AutocompleteSelect):
    """An autocomplete field that ignores values that are no ids, which Django's would send to the database."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if str(one).isdecimal()], attrs)


def search_box(model: type[Model], field: str) -> SearchBox:
    """Return a search box for `field` of `model`; it finds rows as the admin's list of them does."""
    return SearchBox(model._meta.get_field(field), admin.site, attrs={"data-width": "100%"})
