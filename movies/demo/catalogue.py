"""The demo catalogue: real films from a data file of our own (for its sources see data/README.md)."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from movies.models import Genre, Movie
from movies.providers.genres import GenreRow, upsert_genres
from movies.search.vocabulary import learn_words

FILMS = Path(__file__).parent / "data" / "demo_films.json"

# TMDB's film genres with their ids, so that the first sync does not create them again.
GENRES = {
    28: "Action",
    12: "Adventure",
    16: "Animation",
    35: "Comedy",
    80: "Crime",
    99: "Documentary",
    18: "Drama",
    10751: "Family",
    14: "Fantasy",
    36: "History",
    27: "Horror",
    10402: "Music",
    9648: "Mystery",
    10749: "Romance",
    878: "Science Fiction",
    10770: "TV Movie",
    53: "Thriller",
    10752: "War",
    37: "Western",
}


@transaction.atomic
def load() -> int:
    """Add the demo films whose IMDb id is missing, and return how many were added."""
    upsert_genres(GenreRow(tmdb_id, name) for tmdb_id, name in GENRES.items())
    known = set(Movie.objects.exclude(imdb_id=None).values_list("imdb_id", flat=True))
    films = [film for film in json.loads(FILMS.read_text(encoding="utf-8")) if film["imdb_id"] not in known]
    movies = Movie.objects.bulk_create(Movie(**_without_genres(film)) for film in films)
    genre_pks = dict(Genre.objects.values_list("name", "pk"))
    link = Movie.genres.through
    link.objects.bulk_create(
        link(movie_id=movie.pk, genre_id=genre_pks[name])
        for movie, film in zip(movies, films, strict=True)
        for name in film["genres"]
    )
    transaction.on_commit(learn_words)
    return len(movies)


def _without_genres(film: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in film.items() if name != "genres"}
