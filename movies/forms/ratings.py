"""What people send from a film's page. What a rating may be is said in movies.library.ratings."""

from typing import Any

from django import forms

ORDERINGS = [
    ("-created_at", "Newest"),
    ("created_at", "Oldest"),
    ("-rating", "Highest"),
    ("rating", "Lowest"),
    ("-updated_at", "Last changed"),
]


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        label="Your rating",
        choices=[(rating, str(rating)) for rating in range(1, 11)],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a rating from 1 to 10.", "invalid_choice": "Rate from 1 to 10."},
    )
    review = forms.CharField(
        label="Review, if you like", required=False, strip=False, widget=forms.Textarea({"rows": 4, "dir": "auto"})
    )


class OneTapForm(forms.Form):
    """A rating and nothing else: a review that there is stays."""

    rating = forms.TypedChoiceField(
        choices=[(rating, str(rating)) for rating in range(1, 11)],
        coerce=int,
        error_messages={"required": "Choose a rating from 1 to 10.", "invalid_choice": "Rate from 1 to 10."},
    )


class RatingOrderForm(forms.Form):
    """How one's own ratings are sorted; anything else than these is the newest first."""

    ordering = forms.ChoiceField(label="Order", choices=ORDERINGS, required=False)

    def ordered_by(self) -> tuple[str, str]:
        """For `order_by`: the choice, and the id where it says the same of two."""
        chosen: Any = self.cleaned_data.get("ordering") if self.is_valid() else ""
        name = chosen or "-created_at"
        return name, "-id" if name.startswith("-") else "id"
