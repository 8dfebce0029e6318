from functools import partial
from typing import Any

from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.enrichment import enrich_movies, make_nightly_client


class Command(SyncCommand):
    help = "Fetches the ratings of IMDb and Metacritic from OMDb, within its daily limit."

    def handle(self, *args: Any, **options: Any) -> None:
        self.run_sync("Ratings", lambda retry, page: enrich_movies(partial(make_nightly_client, on_retry=retry), page))
