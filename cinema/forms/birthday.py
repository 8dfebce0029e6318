"""The form that asks for the date of birth."""

from django import forms


class BirthdayForm(forms.Form):
    date_of_birth = forms.DateField(
        label="Date of birth",
        error_messages={"invalid": "Enter your date of birth as 2001-12-31."},
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
    )
