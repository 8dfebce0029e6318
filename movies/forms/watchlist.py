"""Filter and order of the watchlist."""

from django import forms

ORDERINGS = [("playing", "Playing this week"), ("-added_at", "Newest first"), ("title", "Title")]


class WatchlistForm(forms.Form):
    """Fields are named as in the API. `favorite` cleans to True for favourites only, else to None."""

    favorite = forms.TypedChoiceField(
        choices=[("", "All"), ("true", "Favourites")],
        coerce=lambda value: value == "true",
        empty_value=None,
        required=False,
        widget=forms.HiddenInput,
    )
    ordering = forms.ChoiceField(label="Order", choices=ORDERINGS, required=False)
