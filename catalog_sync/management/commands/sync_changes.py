from functools import partial
from typing import Any

from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.changes import sync_changes


class Command(SyncCommand):
    help = "Finds out which films changed at TMDB since the last time, and marks ours as due for their details."

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_sync("Changes", lambda retry, page: sync_changes(partial(TMDBClient, on_retry=retry), page))
