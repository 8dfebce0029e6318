from functools import partial
from typing import Any

from catalog_sync.clients.images import ImageClient
from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.posters import sync_posters


class Command(SyncCommand):
    help = "Fetches the posters that TMDB shows and we don't have, the most popular films first."

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_sync("Posters", lambda retry, page: sync_posters(partial(ImageClient, on_retry=retry), page))
