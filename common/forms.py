"""Forms that more than one app uses."""

from typing import Any

from django import forms

from common.refusals import add_refusal


class WriteFunctionForm(forms.ModelForm):
    """A form that only cleans types: a write function has the rules, and its refusal is shown at the fields.

    The form's instance is not changed.
    """

    refused: Exception | None = None  # why the write function refused the values of this request
    # Names of the write function that are other fields here.
    field_names: dict[str, str] = {}

    def _post_clean(self) -> None:
        """Leave out Django's step, which would change the instance and check the model's rules in other words."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.refused:
            add_refusal(self, self.refused, self.field_names)
        return cleaned
