from functools import partial
from typing import Any

from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.lists import sync_genres


class Command(SyncCommand):
    help = "Brings the genres up to TMDB's."

    def handle(self, *args: Any, **options: Any) -> None:
        self.watch("Genres", lambda tell, show: sync_genres(partial(TMDBClient, on_retry=tell), show))
