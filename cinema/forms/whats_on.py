"""The form of the programme page."""

from django import forms


class ProgrammeForm(forms.Form):
    date = forms.DateField(required=False, error_messages={"invalid": "Enter a day as 2026-12-31."})
    by = forms.ChoiceField(choices=[("", "By day"), ("film", "By film")], required=False)
