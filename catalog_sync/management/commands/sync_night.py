from typing import Any

from django.core.management.base import CommandError

from catalog_sync.management.sync_command import SyncCommand, format_summary
from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import sync_genres
from catalog_sync.nightly.night import sync_night


class Command(SyncCommand):
    help = (
        "Runs the whole night now: genres, films, releases, changes, details, ratings, posters. "
        "Ends with status 1 if any of them failed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        genres_error = None
        try:
            self.run_sync("Genres", lambda _, on_page: sync_genres(on_page=on_page))
        except CommandError as error:
            genres_error = error
            self.stderr.write(str(error))  # go on, as at night, where genres are a task of their own
        self.run_sync("Night", lambda _, on_page: sync_night(on_page=on_page, on_step=self.write_step))
        if genres_error:
            raise genres_error

    def write_step(self, run: SyncLog) -> None:
        failed = f" Failed: {run.error_message}" if run.error_message else ""
        self.stdout.write(f"{format_summary(run.get_entity_type_display().capitalize(), run)}{failed}")
