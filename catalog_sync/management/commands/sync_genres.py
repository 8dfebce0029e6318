from functools import partial
from typing import Any

from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.lists import sync_genres


class Command(SyncCommand):
    help = "Fetches TMDB's genres."

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_sync("Genres", lambda retry, page: sync_genres(partial(TMDBClient, on_retry=retry), page))
