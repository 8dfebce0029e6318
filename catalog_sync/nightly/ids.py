"""The import of TMDB's daily id export: its films wait for their details, which the nights fetch.

Every part of the file is one transaction. An import that was interrupted begins anew: what is known already costs
reads only, so it does not matter whether the file is the same or a newer one.
"""

import math
import os
from collections.abc import Callable
from pathlib import Path

import structlog
from django.db import transaction

from catalog_sync.clients.errors import StepsFailed
from catalog_sync.id_export import awaited
from catalog_sync.id_export.reading import ExportError, Part, read_parts
from catalog_sync.models import SyncLog
from catalog_sync.nightly.runs import OnPage, Plan, claim_run, ignore_progress, record_page, start_over
from movies.providers.adult import flag_films
from movies.providers.upsert import Counts

log = structlog.get_logger(__name__)
Entity = SyncLog.Entity
OnBroken = Callable[[str], None]


def import_ids(path: Path, on_page: OnPage = ignore_progress, on_broken: OnBroken = lambda _: None) -> SyncLog:
    """Let the films of the file wait for their details, except those that the catalogue has.

    Films that TMDB flags as adult are flagged here too and not brought in, as those of its lists; nor are videos,
    which its lists leave out. `on_broken` is called with a sentence for each line that cannot be used.
    Return the finished run, also when it failed. Raises OSError for a file that cannot be opened, and AlreadyRunning.
    """
    with path.open("rb") as file, claim_run(Entity.IDS, lambda _: Plan()) as run:
        start_over(run)
        size = max(os.fstat(file.fileno()).st_size, 1)
        for part in read_parts(file):
            if part.broken:
                log.warning("export_lines_skipped", lines=len(part.broken), first=part.broken[0])
            for reason in part.broken:
                on_broken(reason)
            if not (part.films or run.created or run.updated or run.unchanged):
                raise ExportError("This is not TMDB's export of films, which is called movie_ids_MM_DD_YYYY.json.gz.")
            # How many parts there are is only known at the end.
            run.pages_total = math.ceil((run.pages_done + 1) * size / min(max(file.tell(), 1), size))
            _store_part(run, part)
            on_page(run)
        if not run.pages_done:
            raise ExportError("The file is empty.")
        run.pages_total = run.pages_done
    return run


def end_interrupted(_on_page: OnPage = ignore_progress) -> SyncLog:
    """End an import that was interrupted as failed: a worker does not have the file."""
    with claim_run(Entity.IDS, lambda _: Plan()) as run:
        raise StepsFailed("The import was interrupted. Start it again, with the same file or a newer one.")
    return run


@transaction.atomic
def _store_part(run: SyncLog, part: Part) -> None:
    films = {film.tmdb_id: film for film in part.films}
    flagged = flag_films({film.tmdb_id: film.adult for film in films.values()})
    wanted = {film.tmdb_id: film.popularity for film in films.values() if not (film.adult or film.video)}
    awaited.forget(films.keys() - wanted.keys())
    counts = awaited.add(wanted) + Counts(updated=flagged, unchanged=len(part.films) - len(wanted) - flagged)
    remarks = {
        "adult": sum(film.adult for film in films.values()),
        "videos": sum(film.video and not film.adult for film in films.values()),
    }
    record_page(run, counts, len(part.broken), remarks=remarks)
