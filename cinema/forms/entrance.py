"""What somebody scanned or typed at a door."""

from typing import Any

from django import forms

from cinema.entrance.check_in import CODE_LENGTH, DOOR_LENGTH


class ScanForm(forms.Form):
    """`nonce` is the page's own: a form that is sent twice is one scan."""

    code = forms.CharField(
        max_length=CODE_LENGTH, error_messages={"required": "Scan a ticket, or type the code that is printed on it."}
    )
    nonce = forms.UUIDField(required=False, error_messages={"invalid": "Load this page again, and scan once more."})
    door = forms.CharField(max_length=DOOR_LENGTH, required=False)

    def scan(self) -> dict[str, Any]:
        """What check_in takes."""
        return dict(self.cleaned_data)
