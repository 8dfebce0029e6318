"""An import of a manager's file: 10,000 new films, and then the same films with another tagline, as the worker does it.

The preview, which the manager sees before, writes the films as well and takes its transaction back.
"""

import itertools
import time
from collections.abc import Callable, Iterator

from tablib import Dataset

from accounts.models import User
from benchmarks.data.films import COLUMNS, empty_catalogue, make_films
from benchmarks.report.goals import Goal, at_most
from common.files import csv_cells
from movies.exchange import jobs
from movies.exchange.resources import LISTS, MovieResource

FILMS, MOST_SECONDS = 10_000, 60
SENT = ("tmdb_id", "title", "original_title", "original_language", "overview", "release_date", "runtime", "directors",
        "cast", "certification")  # fmt: skip


def measure() -> Iterator[str | Goal]:
    empty_catalogue()
    manager = User.objects.create(username="manager", email="manager@example.org", role=User.Role.MANAGER)
    new, changed = make_file(tagline=""), make_file(tagline="Nothing is as it was.")
    seconds = {}
    for name, films in {"new": new, "changed": changed}.items():
        preview = _time(lambda films=films: MovieResource().import_data(films, dry_run=True, user=manager))  # type: ignore[misc]
        seconds[name] = _time(lambda films=films: _import(manager, films))  # type: ignore[misc]
        yield f"{FILMS:,} {name} films: {seconds[name]:.1f} s, and the preview before {preview:.1f} s"
    empty_catalogue()
    manager.delete()
    yield at_most(f"An import of {FILMS:,} new films in the admin", MOST_SECONDS, seconds["new"], "s")
    yield at_most(f"An import of {FILMS:,} changed films in the admin", MOST_SECONDS, seconds["changed"], "s")


def make_file(tagline: str) -> Dataset:
    """Return a file of films, all with this tagline."""
    films = Dataset(headers=[*SENT, "tagline"])
    for values in itertools.islice(make_films(), FILMS):
        film = dict(zip(COLUMNS, values, strict=True))
        cells = [csv_cells.join(film[name]) if name in LISTS else film[name] for name in SENT]
        films.append([*("" if cell is None else str(cell) for cell in cells), tagline])
    return films


def _import(manager: User, films: Dataset) -> None:
    job = jobs.start_import(manager, films)
    jobs.run_import(job.pk)
    job.refresh_from_db()
    if job.has_errors:
        raise RuntimeError(job.refusals()[:3] or job.result)


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
