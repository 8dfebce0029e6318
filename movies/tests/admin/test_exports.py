"""Export of films in the admin."""

import json
from datetime import date

import pytest

from accounts.tests.factories import UserFactory
from movies.tests.admin.exchange import (
    CSV,
    EXPORT,
    JSON,
    export_films,
    read_rows,
)
from movies.tests.factories import GenreFactory, MovieFactory

pytestmark = pytest.mark.django_db


def test_an_export_has_every_column(client, manager):
    drama, comedy = GenreFactory(name="Drama"), GenreFactory(name="Comedy")
    movie = MovieFactory(
        tmdb_id=194, imdb_id="tt0211915", title="Amélie", original_title="Le Fabuleux Destin", original_language="fr",
        year=2001, release_date=date(2001, 4, 25), runtime=122, genres=[drama, comedy], certification="R",
        directors=["Jean-Pierre Jeunet"], cast=["Audrey Tautou", "Mathieu; Kassovitz"], age_restriction=17,
        overview="A\nB", tagline="One person", trailer="https://example.org/t",
    )  # fmt: skip
    assert read_rows(export_films(client)) == [
        {
            "id": str(movie.pk),
            "tmdb_id": "194",
            "imdb_id": "tt0211915",
            "title": "Amélie",
            "original_title": "Le Fabuleux Destin",
            "original_language": "fr",
            "overview": "A\nB",
            "tagline": "One person",
            "release_date": "2001-04-25",
            "year": "2001",
            "runtime": "122",
            "genres": "Comedy; Drama",
            "directors": "Jean-Pierre Jeunet",
            "cast": "Audrey Tautou; Mathieu\\; Kassovitz",
            "certification": "R",
            "age_restriction": "17",
            "trailer": "https://example.org/t",
        }
    ]
    assert json.loads(export_films(client, JSON, ["id", "title"])) == [{"id": str(movie.pk), "title": "Amélie"}]


def test_an_export_has_the_filtered_list_without_private_films(client, manager):
    MovieFactory(title="Heat", year=1995)
    MovieFactory(title="Alien", year=1979)
    MovieFactory(title="Secret", year=1995, owner=UserFactory(), tmdb_id=None)
    assert {row["title"] for row in read_rows(export_films(client))} == {"Heat", "Alien"}
    assert {row["title"] for row in read_rows(export_films(client, decade="1990"))} == {"Heat"}


def test_a_large_export_is_refused(client, manager, monkeypatch):
    monkeypatch.setattr("movies.admin.exchange.MAX_ROWS", 1)
    MovieFactory(), MovieFactory()
    response = client.post(EXPORT, {"format": CSV, "resource": "0", "movieresource_title": "on"})
    assert "These are more than 1 films." in response.content.decode()


def test_an_export_page_ignores_a_filter_without_sense(client, manager):
    response = client.get(EXPORT, {"genres": "nonsense"})
    assert (response.status_code, response["Location"]) == (302, EXPORT)


def test_an_export_is_filtered_by_what_the_list_offers_only(client, manager):
    assert client.get(EXPORT, {"owner__password__startswith": "argon2"}).status_code == 400
