"""The doorway to where poster files are: a bucket or a folder. Its troubles leave here as StoreUnavailable only."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import structlog
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage, storages
from storages.backends.s3 import S3Storage

from common.bodies import read_up_to
from common.errors import Unavailable
from common.stores import code_of

log = structlog.get_logger(__name__)


class StoreUnavailable(Unavailable):
    """The store does not answer, refuses our credentials, or has no such bucket: 503, and health says which."""

    default_message = "Pictures cannot be stored at the moment. Try again soon."


@contextmanager
def answering() -> Iterator[None]:
    """A missing file stays FileNotFoundError; whatever else goes wrong is the store's."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
        if is_missing_object(error):
            raise FileNotFoundError from error
        log.warning("poster_store_failed", error=type(error).__name__, code=code_of(error))
        raise StoreUnavailable from error


def is_missing_object(error: Exception) -> bool:
    return code_of(error) in {"NoSuchKey", "404"}


def bucket_store() -> S3Storage | None:
    """The store when it is a bucket; None when it is a folder of this machine."""
    store = storages["default"]
    return store if isinstance(store, S3Storage) else None


def size(name: str) -> int | None:
    """In bytes; None when there is no such file."""
    try:
        with answering():
            return int(default_storage.size(name))
    except FileNotFoundError:
        return None


def write(name: str, data: bytes) -> None:
    """Also over a file of that name."""
    with answering():
        default_storage.save(name, ContentFile(data))


def copy(name: str, file: Any) -> None:
    """As `write`, from an uploaded file, without holding all of it in memory."""
    with answering():
        # Without what its sender said of its name and type.
        default_storage.save(name, File(file))


def read(name: str, most: int) -> bytes:
    """The first `most` bytes; raises FileNotFoundError."""
    with answering():
        if store := bucket_store():
            # Not `store.open`, which would first fetch all of it, however large it is.
            body = store.bucket.Object(name).get()["Body"]
            return read_up_to(body, most)
        with default_storage.open(name) as file:
            return read_up_to(file, most)


def delete(name: str) -> None:
    """Fine when there is no such file."""
    with answering():
        default_storage.delete(name)


def delete_folder(name: str) -> None:
    """An empty one; a bucket has no folders."""
    if bucket_store() is None:
        with suppress(OSError):
            default_storage.delete(name)


def names_in(folder: str) -> list[str]:
    try:
        with answering():
            return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        return []


def written_at(name: str) -> datetime | None:
    """None when the file has gone meanwhile."""
    try:
        with answering():
            return default_storage.get_modified_time(name)
    except FileNotFoundError:
        return None


def presigned_put(name: str, content_type: str, seconds: int) -> str:
    """An address to which somebody may PUT one object of that type; computed here, the store is not asked."""
    store = bucket_store()
    if store is None:
        raise StoreUnavailable
    place = {"Bucket": store.bucket_name, "Key": name}
    if content_type:
        place["ContentType"] = content_type
    with answering():
        url: str = store.connection.meta.client.generate_presigned_url("put_object", Params=place, ExpiresIn=seconds)
    return url
