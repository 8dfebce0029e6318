"""Forms of look-ups and fetch jobs. Their limits only help while typing; the write functions check the values."""

import re
from typing import Any

from django import forms

from catalog_sync.models.fetch_job import HIGHEST_LIMIT, LONGEST_TERM, SHORTEST_TERM, USUAL_LIMIT
from movies.models.limits import FIRST_YEAR, LAST_YEAR
from movies.search.tokens import MAX_QUERY


def _number_field(low: int, high: int, **options: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"min": low, "max": high, "inputmode": "numeric"})
    return forms.IntegerField(widget=widget, required=False, **options)


class LookupForm(forms.Form):
    """Form of a look-up; the title may also be an IMDb id."""

    title = forms.CharField(
        label="Title",
        widget=forms.TextInput(attrs={"maxlength": MAX_QUERY, "autocomplete": "off", "enterkeyhint": "search"}),
    )
    year = _number_field(FIRST_YEAR, LAST_YEAR, label="Year, if you know it")

    def query(self) -> dict[str, Any]:
        """Return the arguments of `lookup.find`."""
        title: str = self.cleaned_data["title"]
        if re.fullmatch(r"\s*tt[0-9]{7,10}\s*", title):
            return {"imdb_id": title}
        return {"title": title, "year": self.cleaned_data["year"]}


class FetchForm(forms.Form):
    search_term = forms.CharField(
        label="Title, or a part of it",
        help_text=f"{SHORTEST_TERM} characters or more.",
        widget=forms.TextInput(
            attrs={"minlength": SHORTEST_TERM, "maxlength": LONGEST_TERM, "autocomplete": "off", "enterkeyhint": "go"}
        ),
    )
    year = _number_field(FIRST_YEAR, LAST_YEAR, label="Year, if you know it")
    limit = _number_field(
        1,
        HIGHEST_LIMIT,
        label="Films at most",
        initial=USUAL_LIMIT,
        help_text=f"Up to {HIGHEST_LIMIT}. Each film uses one of OMDb's daily requests.",
    )
