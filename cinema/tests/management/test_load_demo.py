import json
import re
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from accounts.people.demo import PEOPLE, VISITORS
from cinema.models import MovieSession, Room, Ticket
from movies.demo.catalogue import FILMS, GENRES
from movies.models import Genre, Movie, Rating, Viewing, WatchlistItem

pytestmark = pytest.mark.django_db


def load(*options):
    """A demo with a programme of three days, which is enough here, and much faster than a fortnight."""
    call_command("load_demo", "--confirm", "--days", "1", *options)


def test_the_demo_is_loaded_once(capsys):
    load()
    films = json.loads(FILMS.read_text(encoding="utf-8"))
    assert len(films) >= 300
    visitors, ratings = len(VISITORS), Rating.objects.count()
    sessions, tickets = MovieSession.objects.count(), Ticket.objects.count()
    assert capsys.readouterr().out == (
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
    load()
    assert capsys.readouterr().out == (
        "Demo: 0 films, 0 accounts, 0 visitors and their 0 ratings, 0 rooms, 0 sessions and 0 tickets added.\n"
    )
    assert Movie.objects.count() == len(films)


def test_a_film_has_its_details_and_genres():
    load()
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
    load()
    assert client.login(username="manager", password="marquee-demo")


def test_nothing_is_loaded_without_confirmation():
    with pytest.raises(CommandError, match=r"accounts with a published password, to the database .+ Add --confirm"):
        call_command("load_demo")
    assert not Movie.objects.exists()


def test_a_catalogue_with_films_is_left_alone(capsys):
    Movie.objects.create(title="Ours")
    load("--if-empty")
    assert capsys.readouterr().out == ""
    assert (Movie.objects.count(), User.objects.count(), Room.objects.count()) == (1, 0, 0)


def test_an_existing_demo_gets_more_programme(capsys):
    load()
    capsys.readouterr()
    load("--if-empty")
    assert capsys.readouterr().out == ""
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        load("--if-empty")
    assert re.fullmatch(r"Demo: \d+ sessions and \d+ tickets added\.\n", capsys.readouterr().out)


def people_of(model):
    """Return the rows of a model or queryset for comparison."""
    rows = getattr(model, "objects", model)
    return set(rows.values_list("user__username", flat=True))


def test_the_demo_accounts_have_a_history():
    load()
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
    load()
    assert not [user for user in User.objects.filter(username__in=VISITORS) if user.has_usable_password()]


def test_loading_gives_the_same_each_time():
    def done():
        opinions = Rating.objects.values_list("user__username", "movie__imdb_id", "rating", "review")
        return sorted(opinions), sorted(WatchlistItem.objects.values_list("user__username", "movie__imdb_id"))

    load()
    before = done()
    Rating.objects.all().delete()
    WatchlistItem.objects.all().delete()
    Viewing.objects.all().delete()
    load()
    assert done() == before


def test_changes_to_the_demo_are_kept():
    load()
    Rating.objects.filter(user__username="customer").delete()
    load()
    assert not Rating.objects.filter(user__username="customer").exists()
