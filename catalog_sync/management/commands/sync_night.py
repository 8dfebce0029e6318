from typing import Any

from django.core.management.base import CommandError

from catalog_sync.management.sync_command import SyncCommand, summary
from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import sync_genres
from catalog_sync.nightly.night import sync_night


class Command(SyncCommand):
    help = "Runs the whole night now: genres, films, releases, changes, details, ratings, posters."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.watch("Genres", lambda _, show: sync_genres(on_page=show))
        except CommandError as error:
            self.stderr.write(str(error))  # as at night, where they have a task of their own
        self.watch("Night", lambda _, show: sync_night(on_page=show, on_step=self.tell_step))

    def tell_step(self, run: SyncLog) -> None:
        failed = f" Failed: {run.error_message}" if run.error_message else ""
        self.stdout.write(f"{summary(run.get_entity_type_display().capitalize(), run)}{failed}")
