"""Adoption of OMDb's rows as films of the catalogue."""

from collections.abc import Collection
from typing import Any

from django.conf import settings

from catalog_sync import mapping
from common.services import publishing
from movies.models import Movie
from movies.providers import adoption, upkeep

# By name, because the tasks import this module.
COMPLETE = "catalog_sync.tasks.complete_films"


class NotAFilm(Exception):
    """A series, an episode or a game at OMDb: `kind`, in OMDb's words, and its `title`."""

    def __init__(self, kind: str, title: str = "") -> None:
        super().__init__(kind, title)
        self.kind, self.title = kind, title


def adopt_row(row: dict[str, Any]) -> Movie:
    """Return the catalogue film of a whole row of OMDb's, found or created; see movies.providers.adoption.

    Its genres are loaded. Concurrent adoptions of one row give one film. Call `schedule_completion` afterwards for
    what only TMDB has. Raises BadRecord for a row that cannot be used, NotAFilm, and IntegrityError or DataError for
    values that the table does not take.
    """
    title = mapping.parse_omdb_title(row)
    if title.kind != "movie":
        raise NotAFilm(title.kind, title.title)
    return adoption.adopt(mapping.map_omdb_film(title, settings.TMDB_REGION)).movie


def schedule_completion(films: Collection[int]) -> None:
    """Have a worker fetch details and posters of these films (keys) from TMDB after the commit, in one task.

    The films are marked, so that a sweep completes those whose task is lost.
    """
    if films and settings.TMDB_API_KEY:
        upkeep.request_completion(films)
        publishing.publish_after_commit(COMPLETE, [list(films)])
