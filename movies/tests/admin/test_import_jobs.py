"""The import of a file of films by a worker, and the page that shows how far it is."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import ManagerFactory, UserFactory
from common.services import publishing
from movies import tasks
from movies.catalogue import editing
from movies.exchange import jobs, resources
from movies.models import FilmImport, Movie
from movies.tests.admin.exchange import CONFIRM, as_csv, preview, refusals
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr(publishing, "publish", lambda name, args, **options: messages.append((name, *args)))
    return messages


def start(client, *films):
    """Upload and confirm a file; return the address of the import's page."""
    response = preview(client, as_csv(*films or [{"title": "Fresh"}]))
    return client.post(CONFIRM, response.context["confirm_form"].initial)["Location"]


def test_the_page_shows_the_progress_until_the_films_are_imported(
    client, manager, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        address = start(client)
    job = FilmImport.objects.get()
    assert sent == [("movies.tasks.import_films", job.pk)]
    assert "1 film: waiting for a worker." in client.get(address).content.decode()
    cache.set(f"film-import:{job.pk}:steps", 1)
    page = client.get(address).content.decode()
    assert 'max="100" value="50"' in page
    assert f'href="{address}">Refresh' in page
    assert not Movie.objects.exists()
    tasks.import_films(job.pk)
    assert client.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == "/admin/movies/movie/"
    assert "Imported: 1 new, 0 changed, 0 unchanged." in client.get(address, follow=True).content.decode()
    tasks.import_films(job.pk)
    job.refresh_from_db()
    assert (Movie.objects.count(), job.data) == (1, "")


def test_each_row_is_reported_when_it_is_checked_and_when_it_is_written(client, manager, monkeypatch):
    MovieFactory(title="Known", tmdb_id=5)
    reported = []
    monkeypatch.setattr(resources, "REPORTED", 1)
    monkeypatch.setattr(jobs, "_reporter", lambda pk: reported.append)
    start(client, {"title": "One", "tmdb_id": ""}, {"title": "Known", "tmdb_id": "5"}, {"title": "Two", "tmdb_id": ""})
    tasks.import_films(FilmImport.objects.get().pk)
    assert reported == [1, 3, 4, 6]


def test_an_import_that_is_refused_names_the_rows(client, manager):
    address = start(client, {"title": "Fresh", "tmdb_id": ""}, {"title": "Late", "tmdb_id": "7"})
    job = FilmImport.objects.get()
    FilmImport.objects.update(data=job.data.replace('"7"', '"x"'))
    tasks.import_films(job.pk)
    assert client.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == address
    assert refusals(client.get(address)) == [(2, "Late", "tmdb_id", "Enter a whole number.")]
    assert not Movie.objects.filter(title="Fresh").exists()


def test_a_worker_that_dies_leaves_nothing_and_the_next_one_imports_all(client, manager, monkeypatch, sent):
    start(client)
    job = FilmImport.objects.get()

    def die(*args):
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "_write_history", die)
        with pytest.raises(OperationalError):
            tasks.import_films(job.pk)
    job.refresh_from_db()
    assert (Movie.objects.count(), job.result) == (0, None)
    tasks.resume_library_imports()
    assert sent == [("movies.tasks.import_films", job.pk)]
    tasks.import_films(job.pk)
    job.refresh_from_db()
    assert (Movie.objects.count(), job.result) == (1, {"counts": {"new": 1, "skip": 0, "update": 0}})


def test_an_import_that_broke_or_never_ends_says_that_nothing_was_imported(client, manager, monkeypatch):
    addresses = [start(client), start(client)]
    broken, endless = FilmImport.objects.order_by("pk")
    FilmImport.objects.filter(pk=endless.pk).update(created_at=timezone.now() - timedelta(hours=2))
    monkeypatch.setattr(jobs, "_write_history", editing.replace_film)  # which takes other arguments
    with pytest.raises(TypeError):
        tasks.import_films(broken.pk)
    tasks.import_films(endless.pk)
    errors = ["Stopped by an error of our own (TypeError).", "It was begun several times and never came to an end."]
    for address, error in zip(addresses, errors, strict=True):
        assert f"{error} Nothing has been imported." in client.get(address).content.decode()
    assert not Movie.objects.exists()


def test_only_the_manager_who_began_an_import_sees_it(client, manager, settings):
    address = start(client)
    for user, status in ((ManagerFactory(), 404), (UserFactory(), 302)):
        client.force_login(user)
        assert client.get(address).status_code == status
    settings.MANAGER_PERMISSIONS = {"movies.view_movie"}
    client.force_login(manager)
    assert client.get(address).status_code == 403


def test_results_are_deleted_after_a_month(client, manager):
    for days in (29, 31, None):
        FilmImport.objects.create(
            user=manager,
            total=1,
            result=days and {"error": "x"},
            finished_at=days and timezone.now() - timedelta(days=days),
        )
    tasks.clean_library_imports()
    assert FilmImport.objects.filter(finished_at=None).count() == 1
    assert FilmImport.objects.count() == 2


def test_changed_films_cost_the_same_few_queries_however_many(client, manager):
    def statements(numbers):
        for number in numbers:
            MovieFactory(tmdb_id=number, title=f"Film {number}", runtime=None, genres=[GenreFactory()])
        rows = [{"tmdb_id": str(n), "title": f"Film {n}!", "runtime": str(n), "genres": "Drama"} for n in numbers]
        rows[0]["title"] = f"Film {numbers[0]}"  # of which only some fields change
        start(client, *rows)
        with CaptureQueriesContext(connection) as queries:
            tasks.import_films(FilmImport.objects.latest("pk").pk)
        for film in Movie.objects.filter(tmdb_id__in=numbers).prefetch_related("genres"):
            assert (film.runtime, film.genre_names) == (film.tmdb_id, ("Drama",))
            first = film.tmdb_id == numbers[0]
            assert film.title == f"Film {film.tmdb_id}{'' if first else '!'}"
            assert film.locked_fields == ["genres", "runtime", *([] if first else ["title"])]
        return len(queries)

    GenreFactory(name="Drama")
    statements([10, 11])  # finds the types of content once
    assert statements([20, 21]) == statements([*range(100, 130)])


def test_changes_that_the_database_refuses_are_named_by_row(client, manager):
    films = [MovieFactory(title=title, tmdb_id=None, tagline="Old") for title in ("One", "Two", "Three")]
    ids = ["5", "5", ""]
    rows = [
        {"id": str(film.pk), "tmdb_id": tmdb_id, "title": film.title, "tagline": "New"}
        for film, tmdb_id in zip(films, ids, strict=True)
    ]
    assert refusals(preview(client, as_csv(*rows))) == [
        (2, "Two", "tmdb_id", "There is a film with this TMDB id already.")
    ]
    assert Movie.objects.filter(tagline="Old", tmdb_id=None).count() == 3
