"""The form to join a waiting list."""

from django import forms


class JoinForm(forms.Form):
    quantity = forms.IntegerField(required=False)

    def chosen_quantity(self) -> int:
        """Return the quantity. An invalid number is 0, which the box office refuses."""
        return self.cleaned_data.get("quantity") or 0
