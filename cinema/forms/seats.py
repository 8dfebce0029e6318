"""The form to choose seats."""

from typing import Any

from django import forms


class SeatsForm(forms.Form):
    """Ticked seats; or with the button `best`, a quantity of the best available seats.

    `revision` is that of the session on the page; None if the form has none.
    """

    seats = forms.Field(required=False, widget=forms.SelectMultiple)
    quantity = forms.IntegerField(required=False)
    revision = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)

    def chosen_seats(self) -> dict[str, Any]:
        """Return the seats or the quantity. An invalid number is 0, which the box office refuses."""
        if "best" in self.data:
            return {"quantity": self.cleaned_data.get("quantity") or 0}
        return {"seats": self.cleaned_data["seats"]}


class BuyForm(forms.Form):
    """The answer that wheelchair places and companion seats ask for. A customer without them is not asked."""

    special_seats_confirmed = forms.BooleanField(required=False)
