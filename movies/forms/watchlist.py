"""What people may ask of their watchlist."""

from django import forms

ORDERINGS = [("playing", "Playing this week"), ("-added_at", "Newest first"), ("title", "Title")]


class WatchlistForm(forms.Form):
    """The names are those of the API; favorite is True for favourites only, else None."""

    favorite = forms.TypedChoiceField(
        choices=[("", "All"), ("true", "Favourites")],
        coerce=lambda value: value == "true",
        empty_value=None,
        required=False,
        widget=forms.HiddenInput,
    )
    ordering = forms.ChoiceField(label="Order", choices=ORDERINGS, required=False)
