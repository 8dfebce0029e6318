"""From a row of OMDb's to a film of the catalogue."""

from collections.abc import Collection
from typing import Any

from celery import current_app as app
from django.conf import settings
from django.db import transaction

from catalog_sync import mapping
from movies.models import Movie
from movies.providers import adoption

# By name, because the tasks know this module.
COMPLETE = "catalog_sync.tasks.complete_films"


class NotAFilm(Exception):
    """OMDb has it as a series, an episode or a game: `kind`, in OMDb's words, and its `title`."""

    def __init__(self, kind: str, title: str = "") -> None:
        super().__init__(kind, title)
        self.kind, self.title = kind, title


def adopt(row: dict[str, Any]) -> Movie:
    """The catalogue's film of a whole row (of `by_id` or `by_title`), found or new; see movies.providers.adoption.

    Its genres are loaded. Adopted at once by several, it is one film. Whoever adopts has `schedule_completion` bring in
    what only TMDB has. Raises BadRecord for a row that cannot be used, NotAFilm, and IntegrityError or DataError for
    facts that the table does not take.
    """
    title = mapping.parse_omdb_title(row)
    if title.kind != "movie":
        raise NotAFilm(title.kind, title.title)
    return adoption.adopt(mapping.map_omdb_film(title, settings.TMDB_REGION)).movie


def schedule_completion(films: Collection[int]) -> None:
    """After the commit a worker looks these films (keys) up at TMDB, for all of their details and their posters.

    One task for all of them. Nothing is lost without a broker but time: see `completing`.
    """
    if films and settings.TMDB_API_KEY:
        keys = list(films)
        transaction.on_commit(lambda: app.send_task(COMPLETE, [keys]), robust=True)
