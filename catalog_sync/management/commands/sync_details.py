from functools import partial
from typing import Any

from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.details import sync_details


class Command(SyncCommand):
    help = "Fetches TMDB's details of films that are new, changed or long not refreshed."

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_sync("Details", lambda retry, page: sync_details(partial(TMDBClient, on_retry=retry), page))
