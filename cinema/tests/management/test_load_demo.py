import json
import re
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from accounts.people.demo import PEOPLE, VISITORS
from cinema.models import MovieSession, Ticket
from movies.demo.catalogue import FILMS, GENRES
from movies.models import Genre, Movie, Rating, Viewing, WatchlistItem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_output")]


def load(*options):
    """Load a demo with a programme of three days, which is enough here, and return what was printed."""
    call_command("load_demo", "--confirm", "--days", "1", *options, stdout=(output := StringIO()))
    return output.getvalue()


@pytest.fixture(scope="module")
def first_output(django_db_setup, django_db_blocker):
    """Load the demo once for all tests of this module; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


def test_the_demo_is_loaded_once(first_output):
    films = json.loads(FILMS.read_text(encoding="utf-8"))
    assert len(films) >= 300
    visitors, ratings = len(VISITORS), Rating.objects.count()
    sessions, tickets = MovieSession.objects.count(), Ticket.objects.count()
    assert first_output == (
        f"Demo: {len(films)} films, 3 accounts, {visitors} visitors and their {ratings} ratings, "
        f"4 rooms, {sessions} sessions and {tickets} tickets added.\n"
    )
    assert dict(Genre.objects.values_list("tmdb_id", "name")) == GENRES
    assert list(
        User.objects.filter(username__in=[person["username"] for person in PEOPLE])
        .order_by("username")
        .values_list("username", "role", "is_superuser")
    ) == [
        ("customer", "customer", False),
        ("customer2", "customer", False),
        ("manager", "manager", False),
    ]
    assert load() == (
        "Demo: 0 films, 0 accounts, 0 visitors and their 0 ratings, 0 rooms, 0 sessions and 0 tickets added.\n"
    )
    assert Movie.objects.count() == len(films)


def test_a_film_has_its_details_and_genres():
    movie = Movie.objects.get(imdb_id="tt0211915")
    assert (movie.title, movie.year, movie.directors, movie.original_language) == (
        "Amélie",
        2001,
        ["Jean-Pierre Jeunet"],
        "fr",
    )
    assert "Comedy" in {genre.name for genre in movie.genres.all()}
    assert not Movie.objects.filter(genres=None).exists()


def test_the_demo_accounts_are_complete():
    people = {
        name for film in json.loads(FILMS.read_text(encoding="utf-8")) for name in film["cast"] + film["directors"]
    }
    assert not [name for name in people if "oices" in name or any(sign.isdigit() for sign in name) or "(" in name]


def test_the_passwords_work_as_published(client):
    assert client.login(username="manager", password="marquee-demo")


def test_an_existing_demo_gets_more_programme():
    assert load("--if-empty") == ""
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert re.fullmatch(r"Demo: \d+ sessions and \d+ tickets added\.\n", load("--if-empty"))


def people_of(model):
    """Return the rows of a model or queryset for comparison."""
    rows = getattr(model, "objects", model)
    return set(rows.values_list("user__username", flat=True))


def test_the_demo_accounts_have_a_history():
    accounts = {person["username"] for person in PEOPLE}
    assert people_of(Rating) == accounts | VISITORS.keys()
    assert people_of(WatchlistItem) == accounts
    # All viewings of visitors are of used tickets.
    assert people_of(Viewing.objects.filter(source="by_hand")) == accounts
    counts = Movie.objects.aggregate(Sum("ratings_count"), Sum("ratings_sum"))
    assert counts == {
        "ratings_count__sum": Rating.objects.count(),
        "ratings_sum__sum": Rating.objects.aggregate(total=Sum("rating"))["total"],
    }
    ratings = Counter(Rating.objects.values_list("rating", flat=True))
    assert ratings.keys() >= set(range(3, 11))
    assert 6.5 < sum(rating * times for rating, times in ratings.items()) / ratings.total() < 8
    assert Rating.objects.exclude(review="").count() > 50
    assert not Rating.objects.filter(created_at__gt=timezone.now()).exists()
    # Each account has a watchlist with favourites, and has seen some films without rating them.
    for user in User.objects.filter(username__in=accounts):
        assert user.watchlist.filter(is_favorite=True).exists()
        assert user.watchlist.filter(is_favorite=False).exists()
        assert user.ratings.count() < user.viewings.count() < 120


def test_visitors_cannot_sign_in():
    assert not [user for user in User.objects.filter(username__in=VISITORS) if user.has_usable_password()]


def test_loading_gives_the_same_each_time():
    def done():
        opinions = Rating.objects.values_list("user__username", "movie__imdb_id", "rating", "review")
        return sorted(opinions), sorted(WatchlistItem.objects.values_list("user__username", "movie__imdb_id"))

    before = done()
    Rating.objects.all().delete()
    WatchlistItem.objects.all().delete()
    Viewing.objects.all().delete()
    load()
    assert done() == before


def test_changes_to_the_demo_are_kept():
    Rating.objects.filter(user__username="customer").delete()
    load()
    assert not Rating.objects.filter(user__username="customer").exists()
