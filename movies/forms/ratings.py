"""Forms of ratings. The rules are in movies.library.ratings."""

from typing import Any

from django import forms
from django.db.models import F
from django.db.models.expressions import OrderBy

from movies.models.limits import HIGHEST_RATING, LOWEST_RATING, RATINGS

ORDERINGS = [
    ("-created_at", "Newest"),
    ("created_at", "Oldest"),
    ("-rating", "Highest"),
    ("rating", "Lowest"),
    ("-updated_at", "Last changed"),
]

CHOICES = [(rating, str(rating)) for rating in RATINGS]
MESSAGES = {
    "required": f"Choose a rating from {LOWEST_RATING} to {HIGHEST_RATING}.",
    "invalid_choice": f"Rate from {LOWEST_RATING} to {HIGHEST_RATING}.",
}


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        label="Your rating",
        choices=CHOICES,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        error_messages=MESSAGES,
    )
    review = forms.CharField(
        label="Review (optional)", required=False, strip=False, widget=forms.Textarea({"rows": 4, "dir": "auto"})
    )


class OneTapForm(forms.Form):
    """A rating without its review, which stays as it is."""

    rating = forms.TypedChoiceField(
        choices=CHOICES,
        coerce=int,
        error_messages=MESSAGES,
    )


class RatingOrderForm(forms.Form):
    """The order of the user's own ratings; newest first for any other value."""

    ordering = forms.ChoiceField(label="Order", choices=ORDERINGS, required=False)

    def order_by(self) -> tuple[OrderBy, str]:
        """Return the arguments of `order_by`: the chosen field, with reviews without a rating last, then the id."""
        chosen: Any = self.cleaned_data.get("ordering") if self.is_valid() else ""
        name = chosen or "-created_at"
        if name.startswith("-"):
            return F(name[1:]).desc(nulls_last=True), "-id"
        return F(name).asc(nulls_last=True), "id"
