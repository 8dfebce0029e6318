"""Form for importing a library."""

from django import forms


class ImportForm(forms.Form):
    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # the reader reports it with its own message
        help_text="An export of Marquee, Letterboxd, IMDb or Trakt: CSV or JSON, one file at a time, up to 25 MB.",
        widget=forms.FileInput(attrs={"accept": ".csv,.json,text/csv,application/json"}),
    )
    overwrite = forms.BooleanField(
        label="Replace my existing ratings and entries with those in the file",
        required=False,
    )
