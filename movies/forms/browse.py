"""Search, filters and order of the grid of films."""

from typing import Any

from django import forms
from django.core.validators import BaseValidator

from movies.models.limits import FIRST_YEAR, LAST_YEAR
from movies.queries.genres import all_genres
from movies.search.tokens import MAX_QUERY

ORDERINGS = [
    ("-popularity", "Most popular"),
    ("-release_date", "Newest"),
    ("release_date", "Oldest"),
    ("title", "Title"),
    ("-average_rating", "Best rated here"),
]
AGES = [("", "Any"), (0, "All ages"), (8, "8 and older"), (13, "13 and older"), (17, "17 and older")]


class YearField(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=FIRST_YEAR, max_value=LAST_YEAR, required=False, **options)
        message = f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}."
        self.error_messages |= {"invalid": message}
        for validator in self.validators:
            if isinstance(validator, BaseValidator):
                validator.message = message


class BrowseForm(forms.Form):
    """Cleans to `query`, `ordering` and the arguments of `filter_films`."""

    query = forms.CharField(label="Search", max_length=MAX_QUERY, required=False)
    genre = forms.ChoiceField(required=False)
    year_min = YearField(label="From year")
    year_max = YearField(label="To year")
    age_max = forms.TypedChoiceField(label="Suitable for", choices=AGES, coerce=int, empty_value=None, required=False)
    ordering = forms.ChoiceField(label="Order", choices=ORDERINGS, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.genres = all_genres()
        choices = [(genre["slug"], genre["name"]) for genre in self.genres]
        self.fields["genre"] = forms.ChoiceField(choices=[("", "All genres"), *choices], required=False)
        if self.data.get("query"):
            by_match = forms.ChoiceField(label="Order", choices=[("", "Best match"), *ORDERINGS], required=False)
            self.fields["ordering"] = by_match

    def clean_genre(self) -> list[int]:
        return [genre["id"] for genre in self.genres if genre["slug"] == self.cleaned_data["genre"]]
