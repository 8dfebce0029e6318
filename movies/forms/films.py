"""Forms of films. They check types only; the rules are in movies.catalogue.validation."""

import re
from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from common.forms import WriteFunctionForm
from common.limits.slots import Busy, take_slot
from movies.catalogue.validation import FIELDS
from movies.models import Movie
from movies.posters import images

LANGUAGES = sorted(
    ((code, info["name"]) for code, info in LANG_INFO.items() if len(code) == 2), key=lambda language: language[1]
)


class NamesField(forms.Field):
    """A list of names, one per line; empty lines are ignored."""

    widget = forms.Textarea
    no_null_characters = ProhibitNullCharactersValidator()

    def to_python(self, value: Any) -> list[str]:
        if isinstance(value, list):
            return value
        self.no_null_characters(value or "")
        names = (" ".join(line.split()) for line in re.split(r"[\r\n]+", value or ""))
        return [name for name in names if name]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != (initial or [])
        except ValidationError:
            return True


class FilmForm(WriteFunctionForm):
    """Cleans to the values that movies.catalogue.editing takes. The form's instance is not changed."""

    directors = NamesField(required=False, help_text="One name per line.")
    cast = NamesField(required=False, help_text="One name per line, best known first.")

    class Meta:
        model = Movie
        fields = [
            "title",
            "original_title",
            "release_date",
            "year",
            "runtime",
            "genres",
            "directors",
            "cast",
            "overview",
            "tagline",
            "original_language",
            "age_restriction",
            "certification",
            "trailer",
            "imdb_id",
        ]

    def values(self) -> dict[str, Any]:
        """Return the value of every field."""
        return {name: self._value(name) for name in FIELDS if name in self.fields}

    def changes(self) -> dict[str, Any]:
        """Return the values that differ from those of the film."""
        return {name: self._value(name) for name in FIELDS if name in self.changed_data}

    def _value(self, name: str) -> Any:
        value = self.cleaned_data[name]
        return list(value) if name == "genres" else value


class PosterFields(forms.Form):
    """A poster to upload, cleaned to one that is ready to be stored, and a checkbox to remove the current one."""

    poster = forms.FileField(
        label="Poster",
        required=False,
        help_text="JPEG, PNG or WebP, up to 10 MB. If you don’t have one, we draw one.",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_poster = forms.BooleanField(label="Remove the current poster", required=False)

    def clean_poster(self) -> images.Poster | None:
        file = self.cleaned_data["poster"]
        if not file:
            return None
        file.seek(0)
        try:
            with take_slot("pictures"):
                return images.prepare(file)
        except (images.PosterRefused, Busy) as refused:
            raise ValidationError(str(refused)) from refused


class OwnFilmForm(PosterFields, FilmForm):
    """A private film with its poster."""

    class Meta(FilmForm.Meta):
        labels = {
            "release_date": "Release date",
            "year": "Year",
            "runtime": "Runtime",
            "original_title": "Original title",
            "original_language": "Original language",
            "age_restriction": "From age",
            "imdb_id": "IMDb id",
        }
        help_texts = {
            "original_title": "If different from the title.",
            "year": "If you don't know the date.",
            "runtime": "In minutes.",
            "age_restriction": "In years.",
            "certification": "Such as PG-13 or FSK 12.",
            "trailer": "Web address of the trailer.",
            "imdb_id": "Such as tt0211915. It is part of the film’s address on IMDb.",
        }
        widgets = {
            "release_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "genres": forms.CheckboxSelectMultiple,
            "trailer": forms.URLInput(attrs={"inputmode": "url"}),
            "imdb_id": forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        code = self.instance.original_language
        languages = LANGUAGES if not code or code in dict(LANGUAGES) else [*LANGUAGES, (code, code)]
        self.fields["original_language"] = forms.ChoiceField(
            label="Original language", required=False, choices=[("", "Unknown"), *languages]
        )
        for name in ("directors", "cast"):
            self.fields[name].widget.attrs["rows"] = 4
        if not self.instance.poster_key:
            del self.fields["remove_poster"]

    def focus_first_error(self) -> None:
        """Set the autofocus on the first field with an error."""
        name = next((name for name in self.fields if name in self.errors), None)
        if name:
            self.fields[name].widget.attrs["autofocus"] = True
