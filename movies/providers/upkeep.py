"""Marking films for the nights, and forgetting what must not be kept."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from movies.models import Movie, SyncState
from movies.providers.due import KEPT_FOR, catalogue_of_tmdb

# What a vanished film loses when its time is over: the words and pictures. Facts are nobody's property.
TEXTS = ("overview", "tagline", "poster_source", "backdrop_source", "trailer")


@transaction.atomic
def want_details(pks: Collection[int]) -> int:
    """Put films at the head of the next night's details; returns how many were not there yet."""
    films = Movie.objects.filter(pk__in=pks, tmdb_id__isnull=False).values_list("pk", flat=True)
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in films], ignore_conflicts=True)
    return SyncState.objects.filter(movie__in=pks, details_wanted=False).update(details_wanted=True)


def mark_changed(tmdb_ids: Collection[int], before: datetime) -> int:
    """Want the details of those films that we hold as they were `before`; returns how many that are.

    A film whose details never came in is in line anyway.
    """
    held = Q(sync_state__details_synced_at__lt=before) | Q(sync_state__tmdb_vanished_at__lt=before)
    return want_details(list(catalogue_of_tmdb().filter(held, tmdb_id__in=tmdb_ids).values_list("pk", flat=True)))


@transaction.atomic
def mark_vanished(tmdb_ids: Collection[int]) -> int:
    """TMDB does not have these films any more; they stay in the catalogue. Returns how many are news."""
    pks = list(catalogue_of_tmdb().filter(tmdb_id__in=tmdb_ids).values_list("pk", flat=True))
    SyncState.objects.bulk_create([SyncState(movie_id=pk) for pk in pks], ignore_conflicts=True)
    states = SyncState.objects.filter(movie__in=pks)
    news = states.filter(tmdb_vanished_at=None).update(tmdb_vanished_at=Now())
    states.update(details_wanted=False)
    return news


@transaction.atomic
def drop_expired_texts() -> int:
    """Delete what TMDB said of films that it has no more and that could not be refreshed for half a year.

    Returns of how many films. What a manager wrote stays.
    """
    oldest = timezone.now() - KEPT_FOR
    unrefreshed = Q(sync_state__details_synced_at__lt=oldest) | Q(
        sync_state__details_synced_at=None, created_at__lt=oldest
    )
    films = catalogue_of_tmdb().filter(
        unrefreshed, sync_state__tmdb_vanished_at__isnull=False, sync_state__texts_dropped_at=None
    )
    pks = list(films.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    emptied = {
        name: Case(When(locked_fields__contains=[name], then=F(name)), default=Value(""), output_field=TextField())
        for name in TEXTS
    }
    Movie.objects.filter(pk__in=pks).update(**emptied, updated_at=Now())
    SyncState.objects.filter(movie__in=pks).update(texts_dropped_at=Now())
    return len(pks)
