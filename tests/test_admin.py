"""Every list and every page of the admin opens, for those who may see it."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Mail, Notification
from accounts.tests.factories import ManagerFactory, NotificationFactory, UserFactory
from catalog_sync.models import FilmCase, FilmState, SyncLog
from catalog_sync.tests.factories import FetchJobFactory
from cinema.entrance.check_in import check_in
from cinema.models import MovieSession, Room, Scan, Ticket, Waiting
from cinema.tests.factories import TicketFactory, WaitingFactory
from common.database import counting
from movies.models import Genre, Movie
from movies.tests.factories import GenreFactory, MovieFactory, ReviewReportFactory

pytestmark = pytest.mark.django_db

admin.autodiscover()  # which the site does when it imports its routes
MODELS = sorted((model for model in admin.site._registry), key=lambda model: model._meta.label)


@pytest.fixture
def rows():
    """A row of everything that the admin shows."""
    MovieFactory(genres=[GenreFactory()], certification="Unknown")  # and so a film to look at
    SyncLog.objects.create(entity_type="movies")
    NotificationFactory()
    UserFactory()
    check_in(TicketFactory(session__movie=Movie.objects.get()), ManagerFactory())
    WaitingFactory(session=MovieSession.objects.get())
    ReviewReportFactory(rating__movie=Movie.objects.get())
    FetchJobFactory()
    Mail.objects.create(address="ana@example.org", subject="Welcome")


def pages(model):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    changes = [reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()[:1]]
    return [reverse(f"{name}_changelist"), f"{reverse(f'{name}_changelist')}?q=a", *changes]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_page_opens_for_a_superuser(client, rows, model, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root", "root@example.org"))
    assert {path: client.get(path).status_code for path in pages(model)} == dict.fromkeys(pages(model), 200)


def test_managers_do_not_read_what_others_are_told(client, rows):
    """A list of notifications says who wants to see which film."""
    client.force_login(ManagerFactory())
    assert {client.get(path).status_code for path in pages(Notification)} == {403}
    assert reverse("admin:accounts_notification_changelist") not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    "model", [Genre, SyncLog, FilmCase, FilmState, Scan, Ticket, Waiting], ids=lambda model: model._meta.label
)
def test_managers_look_and_change_nothing(client, rows, model):
    client.force_login(ManagerFactory())
    assert {client.get(path).status_code for path in pages(model)} == {200}
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = model._default_manager.first()
    assert client.get(reverse(f"{name}_add")).status_code == 403
    assert client.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code == 403
    assert client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def film_pages():
    """What managers have for films besides, each with a GET."""
    movie = Movie.objects.get(owner=None)
    names = {"add": [], "import": [], "export": [], "delete": [movie.pk], "history": [movie.pk]}
    return [reverse(f"admin:movies_movie_{name}", args=arguments) for name, arguments in names.items()]


@pytest.mark.parametrize("who", ["manager", "superuser"])
def test_managers_edit_films(client, rows, who):
    client.force_login(ManagerFactory(is_superuser=who == "superuser"))
    paths = [*pages(Movie), *film_pages()]
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
    listed = client.get(reverse("admin:movies_movie_changelist")).content.decode()
    for name in ("add", "import", "export"):
        assert reverse(f"admin:movies_movie_{name}") in listed


def programme_pages():
    """What managers have for the programme and the box office besides, each with a GET."""
    session, room, ticket = MovieSession.objects.get(), Room.objects.get(), Ticket.objects.get()
    names = {
        "moviesession_add": [], "moviesession_timeline": [], "moviesession_several": [], "moviesession_copy": [],
        "moviesession_delete": [session.pk], "moviesession_history": [session.pk],
        "room_add": [], "room_delete": [room.pk], "room_history": [room.pk],
        "ticket_sell": [], "ticket_cancel": [ticket.pk], "ticket_history": [ticket.pk],
    }  # fmt: skip
    return [reverse(f"admin:cinema_{name}", args=arguments) for name, arguments in names.items()]


@pytest.mark.parametrize("who", ["manager", "superuser"])
def test_managers_make_the_programme(client, rows, who):
    client.force_login(ManagerFactory(is_superuser=who == "superuser"))
    paths = [*pages(Room), *pages(MovieSession), *pages(Ticket), *programme_pages()]
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
    listed = client.get(reverse("admin:cinema_moviesession_changelist")).content.decode()
    for name in ("add", "timeline", "several", "copy"):
        assert reverse(f"admin:cinema_moviesession_{name}") in listed


@pytest.mark.parametrize("user", [None, UserFactory], ids=["anonymous", "customer"])
def test_nobody_else_gets_in(client, rows, user):
    if user:
        client.force_login(user())
    for path in [*(path for model in MODELS for path in pages(model)), *film_pages(), *programme_pages()]:
        response = client.get(path)
        assert (response.status_code, response.get("Location", "").split("?")[0]) == (302, reverse("admin:login")), path


def test_private_films_are_not_shown(client):
    private = MovieFactory(title="Mine", owner=UserFactory(), tmdb_id=None)
    client.force_login(ManagerFactory())
    assert "Mine" not in client.get(reverse("admin:movies_movie_changelist")).content.decode()
    assert client.get(reverse("admin:movies_movie_change", args=[private.pk])).status_code == 302


def test_the_queries_of_the_film_list_do_not_grow(client, django_assert_max_num_queries):
    client.force_login(ManagerFactory())
    counts = []
    client.get(reverse("admin:movies_movie_changelist"))  # fills the cache of languages
    for wanted in (1, 3):
        while Movie.objects.count() < wanted:
            MovieFactory(genres=[GenreFactory(), GenreFactory()])
        with django_assert_max_num_queries(20) as queries:
            client.get(reverse("admin:movies_movie_changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_list_says_when_there_are_more_rows_than_it_counts(client, django_user_model, monkeypatch):
    client.force_login(django_user_model.objects.create_superuser("root", "root@example.org"))
    for number in range(3):
        MovieFactory(title=f"Film {number}")
    address = reverse("admin:movies_movie_changelist")
    assert re.search(r"\n\s+3\s+films?\s|\n\s+3\s+movies\s", client.get(address).content.decode())
    monkeypatch.setattr(counting, "DEEPEST", 2)
    assert re.search(r"More than 2\s+(films|movies)\s", client.get(address).content.decode())


def test_a_list_whose_total_is_estimated_is_never_shown_whole(client, django_user_model, monkeypatch):
    client.force_login(django_user_model.objects.create_superuser("root", "root@example.org"))
    for number in range(51):
        MovieFactory(title=f"Film {number}")
    monkeypatch.setattr(counting, "_estimate", lambda sql, parameters: counting.Total(7, is_exact=False))
    answer = client.get(reverse("admin:movies_movie_changelist"), {"all": ""})
    assert len(answer.context["cl"].result_list) == 50
    assert re.search(r"About 7\s+(films|movies)\s", answer.content.decode())
