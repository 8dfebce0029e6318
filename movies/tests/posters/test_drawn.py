"""The files of drawn posters: their addresses change with what they show, and cannot be guessed."""

import pytest

from accounts.tests.factories import UserFactory
from common.files.stores import FOR_EVER
from movies.posters import drawn
from movies.posters.drawn import Shown
from movies.tests.factories import GenreFactory, MovieFactory

HEAT = Shown("Heat", ("Michael Mann",), 1995, ("Crime", "Drama"))


@pytest.fixture
def film():
    return MovieFactory(title="Heat", year=1995, directors=["Michael Mann"], genres=[GenreFactory(name="Crime")])


def address(movie):
    return drawn.address_of(movie.pk, drawn.shown_by(movie))


def test_all_that_a_poster_shows_changes_its_key_and_the_order_of_genres_does_not():
    others = [
        HEAT._replace(title="Heat 2"),
        HEAT._replace(directors=("Michael", "Mann")),
        HEAT._replace(year=1996),
        HEAT._replace(year=None),
        HEAT._replace(genres=("Crime",)),
    ]
    assert len({drawn.key_of(each) for each in (HEAT, *others)}) == 6
    assert drawn.key_of(HEAT._replace(genres=("Drama", "Crime"))) == drawn.key_of(HEAT)


def test_another_way_of_drawing_and_another_site_have_other_keys(settings, monkeypatch):
    keys = {drawn.key_of(HEAT)}
    drawn._secret.cache_clear()
    settings.SECRET_KEY = "of another site"
    keys.add(drawn.key_of(HEAT))
    drawn._secret.cache_clear()
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda path: b"drawn otherwise")
    keys.add(drawn.key_of(HEAT))
    drawn._secret.cache_clear()
    assert len(keys) == 3


@pytest.mark.django_db
def test_the_file_is_kept_for_ever(client, film, django_assert_num_queries):
    path = address(film)
    with django_assert_num_queries(2):
        response = client.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml")
    assert response.headers["Cache-Control"] == FOR_EVER
    assert response.content.decode() == drawn.render_svg(drawn.shown_by(film))
    assert response.content.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
    assert client.get(path, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_an_outdated_address_leads_to_the_present_poster(client, film):
    before = address(film)
    film.title = "Heat again"
    film.save()
    response = client.get(before)
    assert (response.status_code, response.headers["Location"]) == (302, address(film))
    assert "immutable" not in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_a_wrong_address_tells_nothing_of_a_private_film(client):
    owner = UserFactory()
    film = MovieFactory(title="Mine", owner=owner, tmdb_id=None)
    wrong = f"/posters/{film.pk}-{'0' * 20}.svg"
    assert client.get(wrong).status_code == 404
    assert client.get(address(film)).status_code == 200
    client.force_login(owner)
    assert client.get(wrong).status_code == 302
    assert client.get("/posters/999999999999999999999-x.svg").status_code == 404
