"""What the commands sync_genres and sync_movies share: progress while they run, then a summary and an exit code."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from catalog_sync.models import SyncLog
from catalog_sync.runs import AlreadyRunning
from catalog_sync.sync import Connect, OnPage
from catalog_sync.tmdb import TMDB


class SyncCommand(BaseCommand):
    """Subclasses call `watch` with the sync to run; a failed run ends the command with status 1."""

    def watch(self, what: str, sync: Callable[[Connect, OnPage], SyncLog]) -> None:
        console = Console(stderr=True)  # standard output carries the summary only
        if console.is_terminal:
            # The bar and its remarks tell a person the same; log lines in between would tear it apart.
            logging.getLogger("catalog_sync").setLevel(logging.CRITICAL)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            bar = progress.add_task(f"{what}, page", total=None)

            def show(run: SyncLog) -> None:
                progress.update(bar, total=run.pages_total, completed=run.pages_done)

            def tell_retry(reason: str, seconds: float) -> None:
                if console.is_terminal:
                    console.print(f"{reason} Trying again in {seconds:.1f} s.", highlight=False)

            try:
                run = sync(partial(TMDB, on_retry=tell_retry), show)
            except AlreadyRunning as running:
                raise CommandError(str(running)) from None
        self.report(what, run)

    def report(self, what: str, run: SyncLog) -> None:
        counts: dict[str, Any] = {name: getattr(run, name) for name in ("created", "updated", "unchanged", "failed")}
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        summary = f"{what}: {run.pages_done} of {run.pages_total} pages, {run.total_synced} records: {said}."
        if run.status == SyncLog.Status.FAILED:
            raise CommandError(f"{summary} Failed: {run.error_message}")
        self.stdout.write(self.style.SUCCESS(summary))
