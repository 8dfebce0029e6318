from functools import partial
from typing import Any

from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.details import sync_changes


class Command(SyncCommand):
    help = "Asks TMDB which films changed since the last time; those that we hold are next in line for their details."

    def handle(self, *args: Any, **options: Any) -> None:
        self.watch("Changes", lambda tell, show: sync_changes(partial(TMDBClient, on_retry=tell), show))
