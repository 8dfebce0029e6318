import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from catalog_sync.id_export import awaited
from catalog_sync.management.sync_command import SyncCommand
from catalog_sync.nightly.ids import import_ids

SHOWN_LINES = 10


class Command(SyncCommand):
    help = (
        "Reads TMDB's daily id export of films (files.tmdb.org/p/exports/movie_ids_MM_DD_YYYY.json.gz). The nights "
        "fetch the films that the catalogue does not have, the most popular first. Can be repeated at any time."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="As downloaded, or unpacked.")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        self.broken = 0
        try:
            self.run_sync("Ids", lambda _, page: import_ids(file, page, self.show_broken))
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}.") from None
        finally:
            if self.broken > SHOWN_LINES:
                self.stderr.write(f"{self.broken:,} lines in all could not be used.")
        if waiting := awaited.count():
            subject = "1 film is" if waiting == 1 else f"{waiting:,} films are"
            self.stdout.write(f"{subject} still to be fetched; each night fetches {settings.TMDB_NEW_PER_NIGHT:,}.")

    def show_broken(self, reason: str) -> None:
        self.broken += 1
        if self.broken <= SHOWN_LINES:
            self.stderr.write(reason)
