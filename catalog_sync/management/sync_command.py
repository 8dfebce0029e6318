"""What the commands of the syncs share: progress while they run, then a summary and an exit code."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from catalog_sync.models import SyncLog
from catalog_sync.nightly.lists import OnPage
from catalog_sync.nightly.runs import AlreadyRunning

TellRetry = Callable[[str, float], None]


class SyncCommand(BaseCommand):
    """Subclasses call `watch` with the sync to run; a failed run ends the command with status 1."""

    def watch(self, what: str, sync: Callable[[TellRetry, OnPage], SyncLog]) -> None:
        """`sync` takes whom to tell of a wait before another attempt, and whom to tell of a page."""
        console = Console(stderr=True)  # standard output carries the summary only
        if console.is_terminal:
            # The bar and its remarks tell a person the same; log lines in between would tear it apart.
            logging.getLogger("catalog_sync").setLevel(logging.CRITICAL)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            bar = progress.add_task(what, total=None)

            def show(run: SyncLog) -> None:
                label = f"{run.get_entity_type_display().capitalize()}, {run.unit}"
                progress.update(bar, description=label, total=run.pages_total, completed=run.pages_done)

            def tell_retry(reason: str, seconds: float) -> None:
                if console.is_terminal:
                    console.print(f"{reason} Trying again in {seconds:.1f} s.", highlight=False)

            try:
                run = sync(tell_retry, show)
            except AlreadyRunning as running:
                raise CommandError(str(running)) from None
        self.report(what, run)

    def report(self, what: str, run: SyncLog) -> None:
        if run.status == SyncLog.Status.FAILED:
            raise CommandError(f"{summary(what, run)} Failed: {run.error_message}")
        self.stdout.write(self.style.SUCCESS(summary(what, run)))


def summary(what: str, run: SyncLog) -> str:
    counts: dict[str, Any] = {name: getattr(run, name) for name in ("created", "updated", "unchanged", "failed")}
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    remarks = "".join(f"; {name.replace('_', ' ')}: {number}" for name, number in sorted(run.remarks.items()))
    pages = f"{run.pages_done} of {run.pages_total} {PLURALS[run.unit]}"
    return f"{what}: {pages}, {run.total_synced} records: {said}{remarks}."


PLURALS = {"page": "pages", "day": "days", "batch": "batches", "step": "steps"}
