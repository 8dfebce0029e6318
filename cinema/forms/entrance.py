"""The form of the scanner."""

from typing import Any

from django import forms

from cinema.entrance.check_in import CODE_LENGTH, DOOR_LENGTH


class ScanForm(forms.Form):
    """A scanned or typed code. The page makes the `nonce`, so that a form posted twice is one scan."""

    code = forms.CharField(
        max_length=CODE_LENGTH, error_messages={"required": "Scan a ticket, or type the code printed on it."}
    )
    nonce = forms.UUIDField(required=False, error_messages={"invalid": "Reload this page, then scan the ticket again."})
    door = forms.CharField(max_length=DOOR_LENGTH, required=False)

    def scan(self) -> dict[str, Any]:
        """Return the arguments of `check_in.check_in`."""
        return dict(self.cleaned_data)
