"""The start of an import: what can be refused is refused first, then the file is read or stored for a worker."""

import re
from pathlib import PurePath
from typing import IO

from django.db import transaction

from accounts.models import User
from common.bodies import read_up_to
from common.database.constraints import conflict_of
from movies.importing import formats, intake, jobs
from movies.importing.intake import READ_AT_ONCE
from movies.importing.reading import MAX_BYTES, too_large
from movies.models import LibraryImport

ONE_AT_A_TIME = "library_import_one_at_a_time"


def check_none_at_work(user: User) -> None:
    """Refuse another file, before any of it is read, while one is being checked or applied. Raises Conflict."""
    if LibraryImport.objects.filter(user=user, status__in=jobs.TASKS).exists():
        raise conflict_of(ONE_AT_A_TIME)


def start_import(
    user: User, file: IO[bytes], filename: str = "", *, overwrite: bool = False, source: str = ""
) -> LibraryImport:
    """Store the file as a job, which a worker checks once this is committed.

    Raises IntegrityError (library_import_one_at_a_time), NotReadable and TooLarge, in this order: the first one before
    anything is read. A large file that is recognised and yet cannot be read makes its job fail later.
    """
    with transaction.atomic():
        job = LibraryImport.objects.create(
            user=user, source=source, filename=_plain_name(filename), overwrite=overwrite
        )
        if (getattr(file, "size", None) or 0) > MAX_BYTES:
            raise too_large()
        beginning = read_up_to(file, READ_AT_ONCE + 1)
        if len(beginning) <= READ_AT_ONCE and intake.is_quick(beginning):
            intake.read_rows(job, beginning)
        else:
            formats.check_beginning(beginning, source)
            intake.store_parts(job, beginning, file)
        jobs.enqueue_job(job)
    return job


def _plain_name(filename: str) -> str:
    """Return the name without folders and invisible characters."""
    visible = "".join(character for character in filename if character.isprintable())
    return PurePath(re.sub(r"[\\/]+", "/", visible)).name[-200:]
