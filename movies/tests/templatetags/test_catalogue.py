"""Template tags of the catalogue."""

import pytest
from django import forms
from django.http import QueryDict

from movies.templatetags.catalogue import Chip, active_filters, language_name


class BrowseForm(forms.Form):
    ordering = forms.ChoiceField(choices=[("title", "Title")], required=False)
    age_max = forms.TypedChoiceField(choices=[("", "Any"), (0, "All ages")], coerce=int, empty_value=None)
    query = forms.CharField(required=False)
    genre = forms.ChoiceField(choices=[("", "All"), ("science-fiction", "Science Fiction")], required=False)
    year_min = forms.IntegerField(min_value=1870, required=False)


def chips(query):
    return active_filters(BrowseForm(QueryDict(query)))


def test_each_filter_is_a_chip_linking_to_the_list_without_it():
    assert chips("query=a%26b&genre=science-fiction&age_max=0&year_min=&ordering=title&page=3") == [
        Chip("“a&b”", "?genre=science-fiction&age_max=0&ordering=title"),
        Chip("Science Fiction", "?query=a%26b&age_max=0&ordering=title"),
        Chip("Suitable for: All ages", "?query=a%26b&genre=science-fiction&ordering=title"),
    ]


def test_an_invalid_value_has_no_chip():
    assert [chip.label for chip in chips("year_min=17&query=dark&age_max=0")] == ["“dark”", "Suitable for: All ages"]


def test_an_empty_form_has_no_chips():
    assert active_filters(BrowseForm()) == []


@pytest.mark.parametrize(("code", "name"), [("fr", "French"), ("ja", "Japanese"), ("xx", "XX")])
def test_names_of_languages(code, name):
    assert language_name(code) == name
