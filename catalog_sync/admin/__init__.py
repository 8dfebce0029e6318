"""The admin of syncs and fetch jobs: their rows are read-only, and managers start runs and jobs."""

from catalog_sync.admin.fetch_jobs import FetchJobAdmin
from catalog_sync.admin.film_cases import FilmCaseAdmin
from catalog_sync.admin.film_states import FilmStateAdmin
from catalog_sync.admin.sync_logs import SyncLogAdmin

__all__ = ["FetchJobAdmin", "FilmCaseAdmin", "FilmStateAdmin", "SyncLogAdmin"]
