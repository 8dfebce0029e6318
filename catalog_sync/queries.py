"""Every read of the fetch jobs that is more than a one-line filter."""

from django.db.models import Case, QuerySet, Value, When

from catalog_sync.models import FetchJob
from movies.models import Movie

# What only the worker needs.
OF_THE_WORKER = ("pending",)


def jobs() -> QuerySet[FetchJob]:
    """With who asked; the active ones first, then the newest."""
    active_first = Case(When(status__in=FetchJob.ACTIVE, then=Value(0)), default=Value(1))
    known = FetchJob.objects.defer(*OF_THE_WORKER).select_related("requested_by")
    return known.order_by(active_first, "-created_at", "-pk")


def with_films(jobs: list[FetchJob]) -> list[FetchJob]:
    """The same jobs, each with its `films`, in one query for all of them."""
    wanted = {pk for job in jobs for pk in job.movie_ids}
    films = Movie.objects.only("title", "year", "imdb_id").in_bulk(wanted) if wanted else {}
    for job in jobs:
        job.films = [films[pk] for pk in job.movie_ids if pk in films]
    return jobs
