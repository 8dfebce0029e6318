"""Forms of moderation. The rules are in movies.library.moderation."""

from django import forms

from movies.models import REASON_LENGTH, REPORT_LENGTH, ReviewReport


class ReportForm(forms.Form):
    reason = forms.ChoiceField(
        label="What is wrong with it?",
        choices=ReviewReport.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason."},
    )
    text = forms.CharField(
        label="Anything else we should know? (optional)",
        required=False,
        max_length=REPORT_LENGTH,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
    )


class HideForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=REASON_LENGTH,
        help_text="The author reads it.",
        widget=forms.TextInput({"dir": "auto"}),
    )
