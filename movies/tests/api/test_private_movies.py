"""Private films are in no list, search, count, suggestion, cache or error message of other users."""

import pytest

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory, UserFactory
from movies.catalogue import editing
from movies.models import Movie, SearchWord
from movies.queries.films import popular_films, similar_films
from movies.queries.genres import top_genres
from movies.search import vocabulary
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

WORDS = ("zyzzyva", "quentissimo", "tt7654321")
GENRE = "Home video"


@pytest.fixture
def drama():
    return GenreFactory(name="Drama")


@pytest.fixture
def owner():
    return UserFactory(username="owner")


@pytest.fixture
def private(owner, drama, django_capture_on_commit_callbacks):
    """A private film that its owner wrote, rated and added to the watchlist."""
    values = {
        "title": "Zyzzyva wedding",
        "original_title": "Zyzzyva",
        "directors": ["Quentissimo"],
        "cast": ["Quentissimo"],
        "imdb_id": "tt7654321",
        "year": 1999,
        "genres": [drama, GenreFactory(name=GENRE)],
    }
    with django_capture_on_commit_callbacks(execute=True):
        movie = editing.create_film(owner, values)
    Movie.objects.filter(pk=movie.pk).update(popularity=1_000)
    RatingFactory(movie=movie, user=owner, rating=10, review="Zyzzyva again.")
    WatchlistItemFactory(movie=movie, user=owner)
    vocabulary.rebuild_vocabulary()
    return movie


@pytest.fixture
def common(drama):
    """Enough films for a row of the home page."""
    return [MovieFactory(title=f"Common {n}", genres=[drama]) for n in range(4)]


def as_program(user):
    """Return the headers of the user's program; a browser that is signed in keeps no answers and has no ETags."""
    return {"Authorization": f"Bearer {tokens.open_sign_in(user).access}"} if user else {}


@pytest.fixture(params=["anonymous", "customer", "manager"])
def visitor(request):
    return {"anonymous": lambda: None, "customer": UserFactory, "manager": ManagerFactory}[request.param]()


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/movies",
        "/api/v1/movies?fields=id,title",
        "/api/v1/movies?year=1999",
        "/api/v1/movies?genre=drama",
        "/api/v1/movies?genre=home-video",
        "/api/v1/movies?rating_min=9",
        "/api/v1/movies?ordering=-average_rating",
        "/api/v1/movies/search?query=zyzzyva",
        "/api/v1/movies/search?query=zyzyva+weding",
        "/api/v1/movies/search?query=quentissimo",
        "/api/v1/movies/suggest?query=zyzz",
        "/api/v1/movies/suggest?query=zyzyva",
        "/api/v1/movies/suggest?query=quentis",
        "/api/v1/health",
        "/",
        "/movies/",
        "/movies/?genre=home-video",
        "/movies/?query=zyzyva",
        "/movies/suggest/?query=zyzz",
    ],
)
def test_a_private_film_appears_nowhere(client, private, common, visitor, address):
    if visitor:
        client.force_login(visitor)
    text = client.get(address).content.decode().lower()
    assert text
    # A search says back what was asked.
    assert [word for word in WORDS if word in text and word not in address] == []
    assert "zyzzyva wedding" not in text
    assert f"/movies/{private.pk}" not in text


def test_the_owner_finds_it(client, private, owner):
    """The control of the test above: its owner does see these words."""
    client.force_login(owner)
    text = client.get("/api/v1/movies?owner=me").content.decode().lower()
    assert "zyzzyva wedding" in text
    text = client.get(f"/api/v1/movies/{private.pk}").content.decode().lower()
    assert [word for word in WORDS if word in text] == list(WORDS)


@pytest.mark.parametrize(
    "path",
    [
        "movies",
        "movies?genre=drama",
        "movies?genre=home-video",
        "movies/search?query=zyzzyva",
        "movies/search?query=zyzyva",
        "movies/suggest?query=zyzz",
    ],
)
def test_every_answer_is_the_same_as_without_it(ask, private, common, visitor, path):
    headers = as_program(visitor)
    with_it = ask("GET", path, **headers)
    Movie.objects.filter(pk=private.pk).delete()
    without_it = ask("GET", path, **headers)
    assert (with_it.json(), with_it["ETag"]) == (without_it.json(), without_it["ETag"])


def test_its_words_are_not_in_the_vocabulary(private, common):
    vocabulary.rebuild_vocabulary()
    known = set(SearchWord.objects.values_list("word", flat=True))
    assert "common" in known
    assert not [word for word in known if word.startswith(("zyz", "quent", "wedd"))]


def test_it_is_not_counted_and_not_a_similar_film(private, common):
    assert [(row.genre.name, row.films) for row in top_genres(12, at_least=1, limit=9)] == [("Drama", 4)]
    assert private.pk not in {film.pk for film in similar_films(common[0], 12)}
    assert popular_films(1)[0].pk in {film.pk for film in common}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "?fields=id"),
        ("GET", "/ratings"),
        ("PUT", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/poster/upload"),
        ("PUT", "/poster"),
    ],
)
def test_its_addresses_answer_404(ask, private, visitor, refusal, method, path):
    answers = [refusal(ask(method, f"movies/{pk}{path}", visitor, {})) for pk in (private.pk, 999_999)]
    assert answers[0] == answers[1]
    assert answers[0][0] == (404 if visitor or method == "GET" else 401)
    assert Movie.objects.filter(pk=private.pk).exists()


def test_the_owners_etag_is_useless_for_others(ask, private, owner, visitor):
    address = f"movies/{private.pk}"
    answer = ask("GET", address, **as_program(owner))
    assert ask("GET", address, **as_program(owner) | {"If-None-Match": answer["ETag"]}).status_code == 304
    assert ask("GET", address, **as_program(visitor) | {"If-None-Match": answer["ETag"]}).status_code == 404
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["ratings", "watchlist", "history"])
def test_others_cannot_use_it(ask, private, refusal, path):
    more = {"ratings": {"rating": 5}, "watchlist": {}, "history": {"watched_at": "2020-01-01"}}[path]
    for user in (UserFactory(), ManagerFactory()):
        answers = [refusal(ask("POST", path, user, {"movie_id": pk, **more})) for pk in (private.pk, 999_999)]
        assert answers[0] == answers[1]
        assert answers[0][0] == 400
        assert answers[0][2].keys() == {"movie_id"}


def test_the_owner_can_rate_it_and_add_it_to_the_watchlist(ask, owner):
    mine = editing.create_film(owner, {"title": "Mine"})
    assert ask("POST", "ratings", owner, {"movie_id": mine.pk, "rating": 9}).status_code == 201
    assert ask("POST", "watchlist", owner, {"movie_id": mine.pk, "is_favorite": True}).status_code == 201
    body = ask("GET", f"movies/{mine.pk}", owner).json()
    assert (body["my_rating"]["rating"], body["my_watchlist_item"]["is_favorite"]) == (9, True)
    assert (body["average_rating"], body["ratings_count"]) == (9.0, 1)


def test_its_ids_do_not_block_the_catalogue(ask, private, manager, refusal):
    film = {"title": "Public", "imdb_id": "tt7654321"}
    assert ask("POST", "movies/bulk", manager, [film]).status_code == 201
    status, code, errors = refusal(ask("POST", "movies", manager, film))
    assert (status, code, errors) == (409, "duplicate", {"imdb_id": "There is a film with this IMDb id already."})
    assert ask("POST", "movies", UserFactory(), film).status_code == 201


def test_a_bulk_deletion_reports_it_like_a_missing_film(ask, private, manager):
    errors = [ask("DELETE", "movies/bulk", manager, {"ids": [pk]}).json()["errors"] for pk in (private.pk, 999_999)]
    assert errors[0] == errors[1]
    assert Movie.objects.filter(pk=private.pk).exists()


def test_the_number_of_private_films_is_limited(ask, customer, refusal, monkeypatch):
    monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 0)
    assert refusal(ask("POST", "movies", customer, {"title": "X"}))[:2] == (409, "conflict")
