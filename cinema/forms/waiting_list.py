"""How many seats somebody waits for."""

from django import forms


class Number(forms.Form):
    quantity = forms.IntegerField(required=False)

    def wanted(self) -> int:
        """What is no number is 0, which waiting.join refuses."""
        return self.cleaned_data.get("quantity") or 0
