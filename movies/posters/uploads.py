"""Posters that people upload: stored in quarantine first, then checked and made the film's poster.

A file in quarantine is at `uploads/<id>`, which is not served. It is there until it is confirmed or refused, and for
about a day at most.
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
from movies.posters.images import MAX_BYTES, TOO_LARGE, Poster, PosterRefused, prepare
from movies.posters.store import StoreUnavailable

log = structlog.get_logger(__name__)

QUARANTINE = "uploads"
PRESIGNED_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)
MAX_FAILURES_IN_A_ROW = 3
# The sync changes neither the poster nor its source while this field is locked.
LOCKED_BY_HAND = "poster_source"


@dataclass(frozen=True, slots=True)
class Presigned:
    """Where to PUT the file, with which headers, and until when."""

    upload: PosterUpload
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """How many posters and uploads a sweep deleted, and at how many the store failed."""

    posters: int = 0
    uploads: int = 0
    failed: int = 0


class NothingUploaded(Exception):
    """The upload was begun, but its file is not in the store."""


def begin(movie: Movie, user: User, content_type: str = "") -> Presigned:
    """Return an address for uploading a file directly to the bucket.

    Raises ValidationError where the store is a folder.
    """
    if store.get_bucket_store() is None:
        raise ValidationError({"file": ["Send the picture here, as multipart/form-data in the field `file`."]})
    upload = PosterUpload(movie=movie, user=user)
    url = store.presign_put(_quarantine_name(upload), content_type, int(PRESIGNED_FOR.total_seconds()))
    upload.save(force_insert=True)
    headers = {"Content-Type": content_type} if content_type else {}
    return Presigned(upload, url, headers, upload.created_at + PRESIGNED_FOR)


def receive(movie: Movie, user: User, file: Any) -> PosterUpload:
    """Store an uploaded file in quarantine, unchecked. Raises StoreUnavailable."""
    upload = PosterUpload(movie=movie, user=user)
    store.copy(_quarantine_name(upload), file)
    upload.save(force_insert=True)
    return upload


def confirm(upload: PosterUpload, movie: Movie) -> None:
    """Make the uploaded file the poster of `movie`. The upload is deleted, also when the file is refused.

    Raises PosterRefused, and NothingUploaded and StoreUnavailable, after which the upload can be confirmed again.
    Raises Http404 when the film was deleted. Not inside a transaction (RuntimeError).
    """
    name = _quarantine_name(upload)
    try:
        # A presigned PUT accepts any length: check the size before fetching, and do not read more than that.
        if (store.get_size(name) or 0) > MAX_BYTES:
            raise PosterRefused(TOO_LARGE)
        try:
            content = store.read(name, MAX_BYTES + 1)
        except FileNotFoundError as error:
            raise NothingUploaded from error
        set_poster(movie, BytesIO(content))
    except PosterRefused:
        _delete_upload(upload)
        raise
    _delete_upload(upload)


def set_poster(movie: Movie, file: IO[Any] | Poster, *, by_hand: bool = True) -> None:
    """Make `file`, or a poster that `images.prepare` made of one, the poster of `movie`.

    Raises PosterRefused and StoreUnavailable; Http404 when the film was deleted. Not inside a transaction
    (RuntimeError): the admin, whose views are transactions, calls it with `transaction.on_commit`.
    """
    poster = file if isinstance(file, Poster) else prepare(file)
    try:
        with files.store_files(poster) as key:
            change_poster_key(movie, key, by_hand=by_hand)
    except Movie.DoesNotExist as error:
        files.discard_files_if_possible(poster.key)
        raise Http404("The film was deleted in the meantime.") from error


def remove_poster(movie: Movie) -> None:
    """Remove the poster by hand, if there is one."""
    with transaction.atomic():
        change_poster_key(movie, "", by_hand=True)


def change_poster_key(movie: Movie, key: str, *, by_hand: bool) -> None:
    """Write the film's poster key, and update the instance `movie` as well. `by_hand` locks it against the sync.

    Call it inside a transaction; with a new key, in the one of `files.store_files`. Raises Movie.DoesNotExist.
    """
    row = Movie.objects.select_for_update().only("poster_key", "locked_fields", "owner").get(pk=movie.pk)
    if by_hand and row.owner_id is None and LOCKED_BY_HAND not in row.locked_fields:
        row.locked_fields = [*row.locked_fields, LOCKED_BY_HAND]
    former, row.poster_key = row.poster_key, key
    row.save(update_fields=["poster_key", "locked_fields", "updated_at"])
    movie.poster_key, movie.locked_fields, movie.updated_at = row.poster_key, row.locked_fields, row.updated_at
    if former != key:
        files.discard_files_after_commit(former)


def sweep() -> SweepCounts:
    """Delete files that were not needed for a day: posters that no film refers to, and uploads in quarantine.

    Files that the store does not delete keep their rows, and are tried again the next day.
    """
    before = timezone.now() - KEPT_FOR
    posters, failed = _sweep_posters(before)
    try:
        uploads = _sweep_uploads(before)
    except StoreUnavailable:
        uploads, failed = 0, failed + 1
    counts = SweepCounts(posters, uploads, failed)
    log.info("posters_swept", **asdict(counts))
    return counts


def _sweep_posters(before: datetime) -> tuple[int, int]:
    """Return how many were deleted, and at how many the store failed. Stop after MAX_FAILURES_IN_A_ROW."""
    shown = Movie.objects.filter(poster_key=OuterRef("key"))
    orphans = StoredPoster.objects.filter(~Exists(shown), stored_at__lt=before).order_by("stored_at")
    deleted = failed = failed_in_a_row = 0
    for key in list(orphans.values_list("key", flat=True)):
        try:
            deleted += files.discard_files(key, stored_before=before)
            failed_in_a_row = 0
        except StoreUnavailable:
            failed, failed_in_a_row = failed + 1, failed_in_a_row + 1
            if failed_in_a_row == MAX_FAILURES_IN_A_ROW:
                break
    return deleted, failed


def _sweep_uploads(before: datetime) -> int:
    """Delete old files in quarantine, also those without a row: a presigned address outlives its upload."""
    deleted = 0
    for name in store.list_names(QUARANTINE):
        modified = store.get_modified_time(name)
        if modified and modified < before:
            store.delete(name)
            deleted += 1
    PosterUpload.objects.filter(created_at__lt=before).delete()
    return deleted


def _quarantine_name(upload: PosterUpload) -> str:
    return f"{QUARANTINE}/{upload.pk}"


def _delete_upload(upload: PosterUpload) -> None:
    """Delete the upload's row and its file; a file that the store does not delete now is left to the sweep."""
    PosterUpload.objects.filter(pk=upload.pk).delete()
    with suppress(StoreUnavailable):
        store.delete(_quarantine_name(upload))
