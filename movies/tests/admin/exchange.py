"""Exporting and importing films in the admin, for tests."""

import csv
from io import StringIO

from django.core.files.uploadedfile import SimpleUploadedFile

from movies import tasks
from movies.exchange.resources import COLUMNS
from movies.models import FilmImport

IMPORT, CONFIRM, EXPORT = (f"/admin/movies/movie/{name}/" for name in ("import", "process_import", "export"))
CSV, JSON = "0", "1"


def export_films(client, kind=CSV, columns=COLUMNS, **parameters):
    chosen = {f"movieresource_{column}": "on" for column in columns}
    response = client.post(EXPORT, {"format": kind, "resource": "0", **chosen}, query_params=parameters)
    assert response["Content-Disposition"].startswith('attachment; filename="Movie-')
    return response.content.decode()


def read_rows(text):
    return list(csv.DictReader(StringIO(text, newline="")))


def as_csv(*films, columns=None):
    """Return a CSV file of these films."""
    text = StringIO()
    writer = csv.DictWriter(text, columns or list(films[0]))
    writer.writeheader()
    writer.writerows(films)
    return text.getvalue()


def preview(client, content, kind=CSV):
    data = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile("films.csv" if kind == CSV else "films.json", data)
    return client.post(IMPORT, {"import_file": file, "format": kind, "resource": "0"})


def confirm(client, response):
    """Confirm an import, let a worker carry it out, and return the page that shows what came of it."""
    confirmed = client.post(CONFIRM, response.context["confirm_form"].initial)
    for job in FilmImport.objects.filter(finished_at=None):
        tasks.import_films(job.pk)
    return client.get(confirmed["Location"], follow=True)


def import_films(client, content, kind=CSV):
    response = confirm(client, preview(client, content, kind))
    return [str(message) for message in response.context["messages"]]


def outcomes(response):
    return [(row.import_type, row.object_repr, row.changes) for row in response.context["result"].shown_rows()]


def refusals(response):
    assert "confirm_form" not in response.context
    page = response.content.decode()
    assert 'role="alert"' in page
    errors = response.context["result"].refusals()
    for *_, sentence in errors:
        assert sentence.replace("'", "&#x27;") in page
    return errors


def file_error(response):
    assert response.status_code == 200
    (sentence,) = response.context["form"].errors["import_file"]
    return sentence


def state(movie):
    movie.refresh_from_db()
    return {name: value for name, value in vars(movie).items() if name != "_state"}
