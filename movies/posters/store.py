"""Access to the store of poster files, a bucket or a folder. All its failures are raised as StoreUnavailable."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage, storages

from common.bodies import read_up_to
from common.errors import Unavailable
from common.files import stores

if TYPE_CHECKING:
    from storages.backends.s3 import S3Storage

log = structlog.get_logger(__name__)


class StoreUnavailable(Unavailable):
    """The store does not answer, rejects our credentials, or lacks the bucket: 503. The health check tells which."""

    default_message = "Posters can't be stored right now. Please try again in a moment."


def get_bucket_store() -> "S3Storage | None":
    """Return the store when it is a bucket; None when it is a folder of this machine."""
    store = storages["default"]
    return None if isinstance(store, FileSystemStorage) else cast("S3Storage", store)


def get_size(name: str) -> int | None:
    """Return the size of a file in bytes; None when there is no such file."""
    try:
        with _store_errors():
            return int(default_storage.size(name))
    except FileNotFoundError:
        return None


def write(name: str, data: bytes) -> None:
    """Write a file, replacing any file of that name."""
    with _store_errors():
        default_storage.save(name, ContentFile(data))


def copy(name: str, file: Any) -> None:
    """Write an uploaded file without holding all of it in memory."""
    with _store_errors():
        # Wrapped, so that the name and type that the client sent are dropped.
        default_storage.save(name, File(file))


def read(name: str, limit: int) -> bytes:
    """Return the first `limit` bytes of a file. Raises FileNotFoundError."""
    with _store_errors():
        if store := get_bucket_store():
            # Not `store.open`, which would fetch the whole file first, however large it is.
            body = store.bucket.Object(name).get()["Body"]
            return read_up_to(body, limit)
        with default_storage.open(name) as file:
            return read_up_to(file, limit)


def delete(name: str) -> None:
    """Delete a file, if it exists."""
    with _store_errors():
        default_storage.delete(name)


def delete_folder(name: str) -> None:
    """Delete a folder if it is empty. Buckets have no folders."""
    if get_bucket_store() is None:
        with suppress(OSError):
            default_storage.delete(name)


def list_names(folder: str) -> list[str]:
    """Return the names of the files in a folder."""
    try:
        with _store_errors():
            return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        return []


def get_modified_time(name: str) -> datetime | None:
    """Return when a file was written; None when it was deleted in the meantime."""
    try:
        with _store_errors():
            return default_storage.get_modified_time(name)
    except FileNotFoundError:
        return None


def presign_put(name: str, content_type: str, seconds: int) -> str:
    """Return an address to which a client may PUT one object of that type; computed here, without a request."""
    store = get_bucket_store()
    if store is None:
        raise StoreUnavailable
    params = {"Bucket": store.bucket_name, "Key": name}
    if content_type:
        params["ContentType"] = content_type
    with _store_errors():
        url: str = store.connection.meta.client.generate_presigned_url("put_object", Params=params, ExpiresIn=seconds)
    return url


@contextmanager
def _store_errors() -> Iterator[None]:
    """Log errors of the store and raise them as StoreUnavailable; a missing file is a FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except stores.errors(OSError) as error:
        code = stores.code_of(error)
        if code in {"NoSuchKey", "404"}:
            raise FileNotFoundError from error
        log.warning("poster_store_failed", error=type(error).__name__, code=code)
        raise StoreUnavailable from error
