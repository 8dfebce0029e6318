"""The pages for exporting and importing a library."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.tests.factories import UserFactory
from movies.importing import applying, dry_run, starting
from movies.library import exchange
from movies.models import LibraryImport, LibraryImportRow, Rating
from movies.tests.factories import MovieFactory
from movies.tests.importing.files import packed
from tests.pages import text_of

pytestmark = pytest.mark.django_db

LIBRARY = "/library/"
RATINGS = "marquee_id,title,year,rating,review\n"
LINES = ",Heat,1995,8,\n,None,1990,7,\n,Heat,1995,11,"


@pytest.fixture
def upload(client, ana):
    def send(text=RATINGS + LINES, **fields):
        file = SimpleUploadedFile("my <b>ratings.csv", text.encode())
        return client.post(LIBRARY, {"file": file} | fields)

    return send


@pytest.fixture
def checked(upload):
    MovieFactory(title="Heat", year=1995)
    upload()
    job = LibraryImport.objects.get()
    dry_run.check_import(job.pk)
    return job


def test_exports(client, ana):
    page = client.get(LIBRARY).content.decode()
    links = [unescape(link) for link in re.findall(r'href="(/library/export/[^"]*)"', page)]
    assert links == [
        "/library/export/",
        *(f"/library/export/?kind={k}" for k in ("films", "ratings", "watchlist", "history")),
        *(f"/library/export/?format={service}&kind={k}" for service, k in exchange.SHEETS),
    ]
    for link in links[:1] + links[4:6]:
        answer = client.get(link)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith('attachment; filename="marquee-')
        assert answer["Cache-Control"] == "private, no-store"
        assert b"".join(answer.streaming_content)
    for query in ("kind=secrets", "format=imdb", "format=imdb&kind=history", "format=myspace&kind=ratings"):
        assert client.get(f"/library/export/?{query}").status_code == 404


def test_an_upload_leads_to_the_page_of_the_import(client, upload):
    answer = upload(overwrite="on")
    job = LibraryImport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/library/imports/{job.pk}/")
    assert job.overwrite is True
    page = client.get(answer["Location"])
    assert "no-store" in page["Cache-Control"]
    assert "HX-Request" in page["Vary"]
    html = page.content.decode()
    assert f'hx-get="/library/imports/{job.pk}/"' in html
    assert 'hx-trigger="every 1s"' in html
    assert re.search(r'<progress[^>]* max="3"[^>]* value="1"', html.replace("\n", " "))
    assert "my &lt;b&gt;ratings.csv" in html
    assert "The file is being checked." in text_of(page)
    assert f'<a class="button plain" href="/library/imports/{job.pk}/">Refresh</a>' in html
    assert "my &lt;b&gt;ratings" in client.get(LIBRARY).content.decode()


def test_a_large_file_is_read_in_the_background(client, upload):
    page = client.get(upload(RATINGS + f",Heat,1995,8,{'r' * 900}\n" * 300)["Location"])
    assert "The file is being read." in text_of(page)
    assert "0 of 0" not in text_of(page)
    assert 'hx-trigger="every 1s"' in page.content.decode()


def test_a_second_file_is_refused_unread(upload, checked, monkeypatch):
    LibraryImport.objects.update(status="applying")
    monkeypatch.setattr(starting, "read_up_to", None)
    assert "Another of your files is being processed." in text_of(upload(RATINGS + LINES * 30_000))


def test_htmx_gets_the_state_of_the_import(client, checked):
    path = reverse("library_import", args=[checked.pk])
    part = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="state"')
    assert "<html" not in part
    assert "hx-trigger" not in part  # it has stopped


def test_a_checked_file_is_shown_and_imported(client, checked):
    path = reverse("library_import", args=[checked.pk])
    page_text = text_of(client.get(path))
    assert "The file has been checked, and nothing has been imported yet. 1 of 3 rows can be imported." in page_text
    assert "All 3 New 1 Film not found 1 Not readable 1" in page_text
    assert "Heat (1995)" in page_text
    assert "“11” is not a rating from 1 to 10, whole." in page_text
    assert "Import 1 row" in page_text
    only = text_of(client.get(path, {"outcome": "unmatched"}))
    assert "No film has this title and year." in only
    assert "Rating, 8 out of 10" not in only
    assert "Rating, 8 out of 10" in text_of(client.get(path, {"outcome": "nonsense"}))
    assert not Rating.objects.exists()
    assert client.post(f"{path}apply/").status_code == 302
    assert "The file is being imported." in text_of(client.get(path))
    applying.apply_import(checked.pk)
    page_text = text_of(client.get(path))
    assert "Done: 1 row imported." in page_text
    assert "Imported" in page_text
    assert Rating.objects.get().rating == 8


def test_a_zip_is_one_report(client, ana):
    MovieFactory(title="Amélie", year=2001)
    heading = "Date,Name,Year,Letterboxd URI"
    files = {
        "ratings.csv": f"{heading},Rating\n2024-01-05,Amélie,2002,u,4.5\n".encode("cp1252"),
        "likes/films.csv": f"{heading}\n2024-01-05,Amélie,2001,u\n",
        "lists/to-see.csv": "Position,Name,Year,URL\n1,Jaws,1975,u\n",
    }
    client.post(LIBRARY, {"file": SimpleUploadedFile("letterboxd.zip", packed(files))})
    job = LibraryImport.objects.get()
    dry_run.check_import(job.pk)
    page_text = text_of(client.get(reverse("library_import", args=[job.pk])))
    for words in (
        "Letterboxd,",
        "2 of 2 rows can be imported.",
        "ratings.csv: The file does not tell its encoding. It was read as Windows-1252: please check the accents",
        "Left out: 1 film of a list, because Marquee has no lists.",
        "Favourite, 2024-01-05, in likes/films.csv",
        "A year off: our film is of 2001.",
    ):
        assert words in page_text, words


def test_refused_actions_are_reported(client, checked):
    path = reverse("library_import", args=[checked.pk])
    client.post(f"{path}apply/")
    page_text = text_of(client.post(f"{path}apply/", follow=True))
    assert "Only a checked file can be imported, and only once." in page_text
    assert "Delete it when that is done." in text_of(client.post(f"{path}delete/", follow=True))
    other = LibraryImport.objects.create(user=checked.user, source="imdb", status="checked")
    page_text = text_of(client.post(reverse("library_import_apply", args=[other.pk]), follow=True))
    assert "Another of your files is being processed." in page_text


def test_an_import_is_deleted(client, checked):
    page_text = text_of(client.post(reverse("library_import_delete", args=[checked.pk]), follow=True))
    assert "The import is deleted. Your library keeps everything that was imported." in page_text
    assert not LibraryImport.objects.exists()


@pytest.mark.parametrize("state", ["failed", "done"])
def test_a_finished_import(client, ana, state):
    job = LibraryImport.objects.create(user=ana, source="imdb", status=state, error="Stopped.", total=3)
    page_text = text_of(client.get(reverse("library_import", args=[job.pk])))
    assert {"failed": "Stopped.", "done": "Done: 0 rows imported."}[state] in page_text
    assert "The rows of this file have been deleted." in page_text


def test_a_file_with_nothing_to_import(client, upload):
    upload(RATINGS + ",None,1990,7,")
    job = LibraryImport.objects.get()
    dry_run.check_import(job.pk)
    page_text = text_of(client.get(reverse("library_import", args=[job.pk])))
    assert "there is nothing to import" in page_text
    assert not re.search(r"Import \d", page_text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "The file is empty."), ("hello", "This file is not recognised. You can import")],
)
def test_a_file_that_is_refused(upload, text, sentence):
    answer = upload(text)
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert not LibraryImport.objects.exists()


def test_no_file_and_two_at_once(client, ana, upload):
    assert "This field is required." in text_of(client.post(LIBRARY, {}))
    upload()
    assert "Another of your files is being processed. Please wait until it is done." in text_of(upload())
    assert LibraryImport.objects.count() == 1


def test_imports_of_others_are_not_found(client, ana):
    job = LibraryImport.objects.create(user=UserFactory(), source="imdb", status="checked")
    path = reverse("library_import", args=[job.pk])
    assert [
        client.get(path).status_code,
        *(client.post(f"{path}{end}/").status_code for end in ("apply", "delete")),
    ] == [404] * 3
    assert LibraryImport.objects.get().status == "checked"


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_the_rows(client, ana, number, django_assert_num_queries):
    for _ in range(number):
        job = LibraryImport.objects.create(user=ana, source="imdb", status="checked", total=number)
    LibraryImportRow.objects.bulk_create(
        LibraryImportRow(job=job, line=line, kind="rating", said={}, movie=MovieFactory()) for line in range(number)
    )
    for path, queries in ((LIBRARY, 4), (reverse("library_import", args=[job.pk]), 6)):
        with django_assert_num_queries(queries):
            assert client.get(path).status_code == 200
