"""What somebody wants to sit on."""

from typing import Any

from django import forms
from django.conf import settings


class Choice(forms.Form):
    """Either so many of the best, by the button of that name, or the seats that are ticked."""

    seats = forms.Field(required=False, widget=forms.SelectMultiple)
    quantity = forms.IntegerField(required=False)

    def wanted(self) -> dict[str, Any]:
        """What holds.hold takes. What is no number is 0, which it refuses."""
        if "best" in self.data:
            return {"quantity": self.cleaned_data.get("quantity") or 0}
        return {"seats": self.cleaned_data["seats"]}


def quantities() -> range:
    return range(1, settings.TICKETS_PER_CUSTOMER + 1)
