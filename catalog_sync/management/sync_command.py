"""Base of the sync commands: progress while they run, then a summary and an exit code."""

import logging
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from catalog_sync.models import SyncLog
from catalog_sync.nightly.runs import AlreadyRunning, OnPage

OnRetry = Callable[[str, float], None]


class SyncCommand(BaseCommand):
    """A command that calls `run_sync` with its sync; a failed run ends it with status 1."""

    requires_system_checks = ["marquee"]  # of the settings: the others import all routes, which no night needs

    def run_sync(self, name: str, sync: Callable[[OnRetry, OnPage], SyncLog]) -> None:
        """Run `sync`, which takes a callback for waits before a retry and one for pages, and show its progress."""
        console = Console(stderr=True)  # standard output carries the summary only
        if console.is_terminal:
            # The progress bar shows the same; log lines would break it.
            logging.getLogger("catalog_sync").setLevel(logging.CRITICAL)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            bar = progress.add_task(name, total=None)

            def show_page(run: SyncLog) -> None:
                label = f"{run.get_entity_type_display().capitalize()}, {run.unit}"
                progress.update(bar, description=label, total=run.pages_total, completed=run.pages_done)

            def show_retry(reason: str, seconds: float) -> None:
                if console.is_terminal:
                    console.print(f"{reason} Trying again in {seconds:.1f} s.", highlight=False)

            try:
                run = sync(show_retry, show_page)
            except AlreadyRunning as running:
                raise CommandError(str(running)) from None
        self._report(name, run)

    def _report(self, name: str, run: SyncLog) -> None:
        if run.status == SyncLog.Status.FAILED:
            raise CommandError(f"{format_summary(name, run)} Failed: {run.error_message}")
        self.stdout.write(self.style.SUCCESS(format_summary(name, run)))


def format_summary(name: str, run: SyncLog) -> str:
    counts = ", ".join(f"{getattr(run, field)} {field}" for field in ("created", "updated", "unchanged", "failed"))
    remarks = "".join(f"; {remark.replace('_', ' ')}: {number}" for remark, number in sorted(run.remarks.items()))
    pages = f"{run.pages_done} of {run.pages_total} {PLURALS[run.unit]}"
    return f"{name}: {pages}, {run.total_synced} records: {counts}{remarks}."


PLURALS = {"page": "pages", "day": "days", "batch": "batches", "step": "steps", "part": "parts"}
