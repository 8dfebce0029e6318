"""Models of sync runs and fetch jobs."""

from catalog_sync.models.awaited_film import AwaitedFilm
from catalog_sync.models.fetch_job import FetchJob
from catalog_sync.models.film_state import FilmCase, FilmState
from catalog_sync.models.sync_log import SyncLog

__all__ = ["AwaitedFilm", "FetchJob", "FilmCase", "FilmState", "SyncLog"]
