"""The form of a film of the catalogue."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from movies.forms.films import FilmForm, NamesField, PosterFields

EDITED_BY_HAND = "Edited by hand. The nightly sync does not change it."


def label_of(name: str) -> str:
    """Return the name of a field of a film as people write it."""
    return (
        "poster" if name == "poster_source" else name.replace("_", " ").replace("imdb", "IMDb").replace("tmdb", "TMDB")
    )


class AdminFilmForm(PosterFields, FilmForm):
    """A film, marking its locked fields, with the choice of fields to unlock."""

    directors = NamesField(
        required=False, help_text="One name per line.", widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    cast = NamesField(
        required=False,
        help_text="One name per line, best known first.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
    )
    unlock = forms.MultipleChoiceField(
        label="Unlock",
        required=False,
        help_text="The nightly sync may change the selected fields again.",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["poster"].widget = UnfoldAdminFileFieldWidget(attrs=self.fields["poster"].widget.attrs)
        if "remove_poster" in self.fields:
            self.fields["remove_poster"].widget = UnfoldBooleanWidget()
        locked = self.instance.locked_fields
        if "unlock" in self.fields:
            self.fields["unlock"].choices = [(name, label_of(name)) for name in locked]  # type: ignore[attr-defined]
        for name in locked:
            field = self.fields.get("poster" if name == "poster_source" else name)
            if field:
                field.help_text = _mark_as_locked(field.help_text)


def _mark_as_locked(help_text: Any) -> SafeString:
    """Add the icon of a lock and its explanation to a help text."""
    lock = '<span class="material-symbols-outlined align-middle mr-1 text-sm" aria-hidden="true">lock</span>'
    return format_html("{} " + lock + "{}", help_text, EDITED_BY_HAND)
