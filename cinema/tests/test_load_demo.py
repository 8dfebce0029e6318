import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from movies.demo import FILMS, GENRES
from movies.models import Genre, Movie

pytestmark = pytest.mark.django_db


def test_the_demo_comes_in_once(capsys):
    call_command("load_demo", "--confirm")
    films = json.loads(FILMS.read_text(encoding="utf-8"))
    assert len(films) >= 300
    assert capsys.readouterr().out == f"Demo: {len(films)} films and 3 accounts added.\n"
    assert dict(Genre.objects.values_list("tmdb_id", "name")) == GENRES
    assert list(User.objects.values_list("username", "role", "is_superuser")) == [
        ("customer", "customer", False),
        ("customer2", "customer", False),
        ("manager", "manager", False),
    ]
    call_command("load_demo", "--confirm")
    assert capsys.readouterr().out == "Demo: 0 films and 0 accounts added.\n"
    assert Movie.objects.count() == len(films)


def test_a_film_comes_with_its_facts_and_genres():
    call_command("load_demo", "--confirm")
    movie = Movie.objects.get(imdb_id="tt0211915")
    assert (movie.title, movie.year, movie.directors, movie.original_language) == (
        "Amélie",
        2001,
        ["Jean-Pierre Jeunet"],
        "fr",
    )
    assert "Comedy" in {genre.name for genre in movie.genres.all()}
    assert not Movie.objects.filter(genres=None).exists()


def test_people_of_the_demo_are_people():
    people = {
        name for film in json.loads(FILMS.read_text(encoding="utf-8")) for name in film["cast"] + film["directors"]
    }
    assert not [name for name in people if "oices" in name or any(sign.isdigit() for sign in name) or "(" in name]


def test_the_passwords_work_as_published(client):
    call_command("load_demo", "--confirm")
    assert client.login(username="manager", password="marquee-demo")


def test_nothing_happens_without_a_word_of_consent():
    with pytest.raises(CommandError, match=r"accounts with a published password, to the database .+ Add --confirm"):
        call_command("load_demo")
    assert not Movie.objects.exists()


def test_a_catalogue_with_films_is_left_alone(capsys):
    Movie.objects.create(title="Ours")
    call_command("load_demo", "--confirm", "--if-empty")
    assert capsys.readouterr().out == ""
    assert (Movie.objects.count(), User.objects.count()) == (1, 0)
