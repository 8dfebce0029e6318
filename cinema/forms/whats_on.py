"""What people may ask of the programme."""

from django import forms


class ProgrammeForm(forms.Form):
    date = forms.DateField(required=False, error_messages={"invalid": "Give a day as 2026-12-31."})
    by = forms.ChoiceField(choices=[("", "By day"), ("film", "By film")], required=False)
