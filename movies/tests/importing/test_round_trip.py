"""A library that is exported, deleted and imported again is the same."""

import csv
import json
from base64 import b64decode
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

import pytest
from PIL import Image

from movies.library import exchange, export
from movies.models import Movie, Rating, Viewing, WatchlistItem
from movies.posters import uploads
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

AT = datetime(2024, 5, 3, 19, 30, 15, 123456, tzinfo=UTC)
LATER = datetime(2025, 1, 2, tzinfo=UTC)
ODD = '=1+1, "quoted"; \'-2\nНовый\n\nабзац 🎬'


def picture():
    file = BytesIO()
    Image.linear_gradient("L").resize((400, 600)).convert("RGB").save(file, "PNG")
    file.seek(0)
    return file


@pytest.fixture
def library(ana):
    """Ratings with reviews, favourites, viewings, own films with every value and a poster, and twins."""
    heat = MovieFactory(title="Heat", year=1995, imdb_id="tt0113277")
    MovieFactory(title="Heat", year=1995, imdb_id=None)
    nameless = MovieFactory(title="+Plus", year=None, tmdb_id=None)
    own = MovieFactory(
        owner=ana,
        tmdb_id=None,
        imdb_id="tt7654321",
        title="Ferien; 1987",
        original_title="@Home",
        original_language="de",
        overview=ODD,
        tagline="-never-",
        release_date=date(1987, 8, 1),
        year=1987,
        runtime=12,
        directors=["Ana; the first", "Б. \\ Second"],
        cast=["=cmd"],
        certification="PG",
        age_restriction=0,
        trailer="https://example.org/v",
        genres=[GenreFactory(name="Drama"), GenreFactory(name="War")],
    )
    uploads.set_poster(own, picture())
    twins = [MovieFactory(owner=ana, tmdb_id=None, title="Twin", year=2000, runtime=n) for n in (1, 2)]
    RatingFactory(user=ana, movie=heat, rating=9, review=ODD, created_at=AT, updated_at=LATER)
    RatingFactory(user=ana, movie=own, rating=10, created_at=AT, updated_at=AT)
    RatingFactory(user=ana, movie=nameless, rating=1, created_at=LATER, updated_at=LATER)
    RatingFactory(user=ana, movie=twins[1], rating=2, created_at=AT, updated_at=AT)
    WatchlistItemFactory(user=ana, movie=heat, is_favorite=True, added_at=AT)
    WatchlistItemFactory(user=ana, movie=twins[0], added_at=LATER)
    ViewingFactory(user=ana, movie=heat, watched_at=AT)
    ViewingFactory(user=ana, movie=heat, watched_at=LATER, source=Viewing.Source.TICKET)
    ViewingFactory(user=ana, movie=own, watched_at=AT)
    # Of other users: must be neither exported nor changed.
    RatingFactory(movie=heat, rating=3)
    MovieFactory(tmdb_id=None, owner=RatingFactory().user, title="Not hers")


def snapshot(user, *, source=True):
    """Return the user's whole library without ids; films by title, year and the like."""
    identity = "movie__title", "movie__year", "movie__imdb_id", "movie__runtime", "movie__owner"
    films = [
        {name: getattr(film, name) for name in (*export.IDENTITY_FIELDS, *export.DETAILS) if name != "genres"}
        | {"genres": sorted(genre.name for genre in film.genres.all()), "poster": bool(film.poster_key)}
        for film in Movie.objects.filter(owner=user).order_by("title", "runtime")
    ]
    ratings = Rating.objects.filter(user=user).values_list(*identity, "rating", "review", "created_at", "updated_at")
    items = WatchlistItem.objects.filter(user=user).values_list(*identity, "is_favorite", "added_at")
    seen = Viewing.objects.filter(user=user).values_list(*identity, "watched_at", *(["source"] if source else []))
    return films, *(sorted(rows, key=repr) for rows in (ratings, items, seen))


def delete_everything(user):
    for model in (Rating, WatchlistItem, Viewing):
        model.objects.filter(user=user).delete()
    Movie.objects.filter(owner=user).delete()


def export_json(user):
    return "".join(export.stream_json(user))


def test_a_library_imported_from_json_is_the_same(ana, library, import_file, send, versions):
    before, text = snapshot(ana, source=False), export_json(ana)
    delete_everything(ana)
    job = import_file(text, "marquee.json")
    assert job.counts == {"create": 12}
    assert (job.status, job.progress, job.total, job.error) == ("done", 12, 12, "")
    assert snapshot(ana, source=False) == before
    # A viewing from a file never counts as one with a ticket.
    assert set(Viewing.objects.filter(user=ana).values_list("source", flat=True)) == {"by_hand"}
    stored = versions()
    for overwrite in (False, True):
        assert import_file(text, "marquee.json", overwrite=overwrite).counts == {"unchanged": 12}
    assert versions() == stored


def test_a_library_imported_from_csv_files_is_the_same(ana, library, import_file, versions):
    before = snapshot(ana, source=False)
    Movie.objects.filter(owner=ana).update(poster_key="")  # only the JSON has posters
    before = snapshot(ana, source=False)
    files = {kind: "".join(export.stream_csv(ana, kind)) for kind in export.KINDS}
    delete_everything(ana)
    counts = {kind: import_file(text, f"{kind}.csv").counts for kind, text in files.items()}
    assert counts["films"] == {"create": 3}
    assert counts["history"] == {"create": 3}
    # Two own films of one title and year cannot be told apart by anything but ids, which are new.
    assert counts["ratings"] == {"create": 3, "ambiguous": 1}
    assert counts["watchlist"] == {"create": 1, "ambiguous": 1}
    films, ratings, items, seen = snapshot(ana, source=False)
    assert (films, seen) == (before[0], before[3])
    assert [row for row in before[1] if row[0] != "Twin"] == ratings
    assert [row for row in before[2] if row[0] != "Twin"] == items
    stored = versions()
    assert {kind: set(import_file(text, f"{kind}.csv").counts) - {"ambiguous"} for kind, text in files.items()} == {
        kind: {"unchanged"} for kind in files
    }
    assert versions() == stored


def test_the_json_document(ana, library):
    data = json.loads(export_json(ana))
    assert list(data) == ["marquee", "exported_at", "films", "ratings", "watchlist", "history"]
    assert [len(data[name]) for name in export.KINDS] == [3, 4, 2, 3]
    own = Movie.objects.get(title="Ferien; 1987")
    poster = data["films"][0].pop("poster")
    with Image.open(BytesIO(b64decode(poster))) as image:
        assert (image.format, image.width) == ("JPEG", 400)
    assert data["films"][0] == {
        "title": "Ferien; 1987",
        "original_title": "@Home",
        "year": 1987,
        "imdb_id": "tt7654321",
        "tmdb_id": None,
        "marquee_id": own.pk,
        "original_language": "de",
        "overview": ODD,
        "tagline": "-never-",
        "release_date": "1987-08-01",
        "runtime": 12,
        "genres": ["Drama", "War"],
        "directors": ["Ana; the first", "Б. \\ Second"],
        "cast": ["=cmd"],
        "certification": "PG",
        "age_restriction": 0,
        "trailer": "https://example.org/v",
    }
    assert data["films"][1]["poster"] is None
    assert data["ratings"][0] == {
        "title": "Heat",
        "original_title": "",
        "year": 1995,
        "imdb_id": "tt0113277",
        "tmdb_id": Movie.objects.get(imdb_id="tt0113277").tmdb_id,
        "marquee_id": Movie.objects.get(imdb_id="tt0113277").pk,
        "rating": 9,
        "review": ODD,
        "created_at": "2024-05-03T19:30:15.123456Z",
        "updated_at": "2025-01-02T00:00:00Z",
    }
    assert data["watchlist"][0] | {"marquee_id": 0, "tmdb_id": 0} == {
        "title": "Heat",
        "original_title": "",
        "year": 1995,
        "imdb_id": "tt0113277",
        "tmdb_id": 0,
        "marquee_id": 0,
        "is_favorite": True,
        "added_at": "2024-05-03T19:30:15.123456Z",
    }
    assert [row["source"] for row in data["history"]] == ["by_hand", "ticket", "by_hand"]


def test_a_csv_file(ana, library):
    text = "".join(export.stream_csv(ana, "ratings"))
    assert text.startswith(
        "\ufefftitle,original_title,year,imdb_id,tmdb_id,marquee_id,rating,review,created_at,updated_at\r\n"
    )
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [row[0] for row in rows] == ["title", "Heat", "Ferien; 1987", "'+Plus", "Twin"]
    assert rows[1][7] == "'" + ODD
    assert rows[2][1] == "'@Home"


@pytest.mark.parametrize("kind", export.KINDS)
def test_the_number_of_queries_does_not_grow_with_the_library(ana, kind, django_assert_num_queries):
    genre = GenreFactory()
    for number in (1, 3):
        for _ in range(number):
            film = MovieFactory(owner=ana, tmdb_id=None, genres=[genre])
            RatingFactory(user=ana, movie=film)
            WatchlistItemFactory(user=ana, movie=film)
            ViewingFactory(user=ana, movie=film)
        with django_assert_num_queries(2 if kind == "films" else 1):
            "".join(export.stream_csv(ana, kind))


def test_the_export_is_streamed(ana, library, django_assert_num_queries):
    """Each list is read only when the stream gets there."""
    parts = export.stream_json(ana)
    with django_assert_num_queries(0):
        assert next(parts).startswith('{"marquee":1,"exported_at":"')
    with django_assert_num_queries(2):
        assert next(part for part in parts if "Ferien" in part)
    assert sum('"rating":' in part for part in parts) == 4


@pytest.mark.parametrize("service", ["letterboxd", "trakt"])
def test_a_viewing_in_our_file_for_another_service_is_known(ana, import_file, service):
    ViewingFactory(user=ana, movie=MovieFactory(title="Heat", imdb_id="tt0113277"), watched_at=AT)
    content = "".join(exchange.stream_sheet(ana, service, "history"))
    assert import_file(content, "history.csv").counts == {"unchanged": 1}
