"""Form of a viewing. The rules are in movies.library.history."""

from django import forms
from django.utils import timezone


class SeenForm(forms.Form):
    day = forms.DateField(
        label="Date",
        initial=timezone.localdate,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose a day.", "invalid": "Enter a day, such as 2026-03-01."},
    )
