import argparse
from functools import partial
from typing import Any

from catalog_sync.clients.tmdb import MAX_PAGE, TMDBClient
from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.lists import sync_movies


def page_count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MAX_PAGE:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_PAGE} (TMDB has no more pages)")
    return int(text)


class Command(SyncCommand):
    help = "Fetches TMDB's most popular films, 20 a page; resumes a killed run where it stopped."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--pages", type=page_count, help="How many pages; default TMDB_SYNC_PAGES.")

    def handle(self, *args: Any, pages: int | None = None, **options: Any) -> None:
        self.run_sync("Films", lambda retry, page: sync_movies(pages, partial(TMDBClient, on_retry=retry), page))
