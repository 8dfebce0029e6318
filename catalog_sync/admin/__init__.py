"""The admin of the syncs and the fetches: programs write their rows, managers look and start."""

from catalog_sync.admin.fetch_jobs import FetchJobAdmin
from catalog_sync.admin.film_states import FilmStateAdmin
from catalog_sync.admin.sync_logs import SyncLogAdmin

__all__ = ["FetchJobAdmin", "FilmStateAdmin", "SyncLogAdmin"]
