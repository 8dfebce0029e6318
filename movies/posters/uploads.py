"""Posters that people send: first into quarantine, then looked at, then shown.

A file in quarantine is at `uploads/<id>`, which nobody serves. It is there until it is confirmed or refused, and at
most about a day.
"""

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO, Any

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from movies.models import Movie, PosterUpload, StoredPoster
from movies.posters import files, store
from movies.posters.files import Poster, PosterRefused, StoreUnavailable
from movies.posters.images import MAX_BYTES, too_large

__all__ = [
    "NothingUploaded",
    "PosterRefused",
    "StoreUnavailable",
    "begin",
    "confirm",
    "put",
    "receive",
    "remove",
    "sweep",
]

log = structlog.get_logger(__name__)

QUARANTINE = "uploads"
PRESIGNED_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)
FAILURES_IN_A_ROW = 3
# Locked, a sync neither replaces the poster nor its source.
LOCKED_BY_HAND = "poster_source"


@dataclass(frozen=True, slots=True)
class Presigned:
    """Where to PUT the file, with which headers, and until when."""

    upload: PosterUpload
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Swept:
    posters: int = 0
    uploads: int = 0
    failed: int = 0


class NothingUploaded(Exception):
    """The upload was begun, and its file never came (or was taken away)."""


def begin(movie: Movie, user: User, content_type: str = "") -> Presigned:
    """Let somebody put a file straight into the bucket. Raises ValidationError where the store is a folder."""
    if store.bucket_store() is None:
        raise ValidationError({"file": ["Send the picture here, as multipart/form-data in the field `file`."]})
    upload = PosterUpload(movie=movie, user=user)
    url = store.presigned_put(quarantined(upload), content_type, int(PRESIGNED_FOR.total_seconds()))
    upload.save(force_insert=True)
    headers = {"Content-Type": content_type} if content_type else {}
    return Presigned(upload, url, headers, upload.created_at + PRESIGNED_FOR)


def receive(movie: Movie, user: User, file: Any) -> PosterUpload:
    """Put an uploaded file into quarantine; nothing of it is looked at yet. Raises StoreUnavailable."""
    upload = PosterUpload(movie=movie, user=user)
    store.copy(quarantined(upload), file)
    upload.save(force_insert=True)
    return upload


def confirm(upload: PosterUpload, movie: Movie) -> None:
    """Make what was uploaded the poster of `movie`. An upload is good for one confirmation, refused or not.

    Raises PosterRefused, NothingUploaded (it may still come) and StoreUnavailable (it may be confirmed again).
    """
    try:
        show(movie, files.prepare(BytesIO(content(upload))))
    except PosterRefused:
        drop(upload)
        raise
    drop(upload)


def content(upload: PosterUpload) -> bytes:
    """A presigned PUT takes any length, so that is asked before a byte is fetched, and believed no further."""
    name = quarantined(upload)
    if (store.size(name) or 0) > MAX_BYTES:
        raise too_large()
    try:
        return store.read(name, MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise NothingUploaded from error


def put(movie: Movie, file: IO[Any] | Poster, *, by_hand: bool = True) -> None:
    """Make `file` the poster of `movie`, in one step: for pages, the admin, and (not `by_hand`) a sync.

    A form can look at the file first, with `poster_files.prepare`, and give what that made. Raises PosterRefused and
    StoreUnavailable; Http404 when the film is gone. Not inside a transaction (RuntimeError): from the admin, whose
    views are one, call it by `transaction.on_commit`.
    """
    show(movie, file if isinstance(file, Poster) else files.prepare(file), by_hand=by_hand)


def show(movie: Movie, poster: Poster, *, by_hand: bool = True) -> None:
    try:
        with files.kept(poster) as key:
            change_key(movie, key, by_hand=by_hand)
    except Movie.DoesNotExist as error:
        files.discard_if_possible(poster.key)
        raise Http404("The film was deleted meanwhile.") from error


def remove(movie: Movie) -> None:
    """Take the poster away, by hand; fine when there is none."""
    with transaction.atomic():
        change_key(movie, "", by_hand=True)


def change_key(movie: Movie, key: str, *, by_hand: bool) -> None:
    """Inside a transaction. Also tells `movie`, as the caller holds it; raises Movie.DoesNotExist."""
    row = Movie.objects.select_for_update().only("poster_key", "locked_fields", "owner").get(pk=movie.pk)
    if by_hand and row.owner_id is None and LOCKED_BY_HAND not in row.locked_fields:
        row.locked_fields = [*row.locked_fields, LOCKED_BY_HAND]
    former, row.poster_key = row.poster_key, key
    row.save(update_fields=["poster_key", "locked_fields", "updated_at"])
    movie.poster_key, movie.locked_fields, movie.updated_at = row.poster_key, row.locked_fields, row.updated_at
    if former != key:
        files.forget(former)


def quarantined(upload: PosterUpload) -> str:
    return f"{QUARANTINE}/{upload.pk}"


def drop(upload: PosterUpload) -> None:
    """The upload is over; a file that the store does not delete now waits for the sweep."""
    PosterUpload.objects.filter(pk=upload.pk).delete()
    with suppress(StoreUnavailable):
        store.delete(quarantined(upload))


def sweep() -> Swept:
    """Remove what nobody needs for a day: posters that no film names, and what is left in quarantine.

    What the store does not delete keeps its row, and is tried again the next day.
    """
    before = timezone.now() - KEPT_FOR
    posters, failed = sweep_posters(before)
    try:
        uploads = sweep_uploads(before)
    except StoreUnavailable:
        uploads, failed = 0, failed + 1
    swept = Swept(posters, uploads, failed)
    log.info("posters_swept", **asdict(swept))
    return swept


def sweep_posters(before: datetime) -> tuple[int, int]:
    """How many were removed, and at how many the store failed; a store that is down is not asked for each of them."""
    named = Movie.objects.filter(poster_key=OuterRef("key"))
    orphans = StoredPoster.objects.filter(~Exists(named), stored_at__lt=before).order_by("stored_at")
    removed = failed = in_a_row = 0
    for key in list(orphans.values_list("key", flat=True)):
        try:
            removed += files.discard(key, stored_before=before)
            in_a_row = 0
        except StoreUnavailable:
            failed, in_a_row = failed + 1, in_a_row + 1
            if in_a_row == FAILURES_IN_A_ROW:
                break
    return removed, failed


def sweep_uploads(before: datetime) -> int:
    """Also files without a row: a presigned address works a few minutes longer than its upload."""
    removed = 0
    for name in store.names_in(QUARANTINE):
        written = store.written_at(name)
        if written and written < before:
            store.delete(name)
            removed += 1
    PosterUpload.objects.filter(created_at__lt=before).delete()
    return removed
