"""Queries of fetch jobs."""

from django.db.models import QuerySet

from catalog_sync.models.fetch_job import ACTIVE_FIRST, FetchJob
from movies.models import Movie

# Columns that only the worker needs.
WORKER_COLUMNS = ("pending",)


def jobs() -> QuerySet[FetchJob]:
    """Return the jobs with their managers; the active ones first, then the newest."""
    jobs = FetchJob.objects.defer(*WORKER_COLUMNS).select_related("requested_by")
    return jobs.order_by(ACTIVE_FIRST, "-created_at", "-pk")


def with_films(jobs: list[FetchJob]) -> list[FetchJob]:
    """Return the jobs, each with its `films`, in one query for all of them."""
    pks = {pk for job in jobs for pk in job.movie_ids}
    films = Movie.objects.only("title", "year", "imdb_id").in_bulk(pks) if pks else {}
    for job in jobs:
        job.films = [films[pk] for pk in job.movie_ids if pk in films]
    return jobs
