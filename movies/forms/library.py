"""Form for importing a library."""

from django import forms


class ImportForm(forms.Form):
    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # the reader reports it with its own message
        help_text="A zip, CSV or JSON file, just as you downloaded it; up to 25 MB.",
        widget=forms.FileInput(attrs={"accept": ".zip,.csv,.tsv,.json,application/zip,text/csv,application/json"}),
    )
    overwrite = forms.BooleanField(
        label="Replace my existing ratings, reviews and entries with those in the file",
        required=False,
    )
