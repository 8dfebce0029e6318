"""The files of posters, where they are files of this machine; a bucket serves its own."""

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from common.stores import FOR_EVER
from movies.models import POSTER_WIDTHS
from movies.posters import files, store

KEY = re.compile(r"[0-9a-f]{32,64}")


@require_safe
def poster_file(request: HttpRequest, key: str, width: int) -> FileResponse:
    """The key names the bytes: they can be kept for ever, and need no hashing for their ETag."""
    if not KEY.fullmatch(key) or width not in POSTER_WIDTHS or store.get_bucket_store():
        raise Http404
    try:
        file = default_storage.open(files.file_name(key, width))
    except FileNotFoundError as error:
        raise Http404 from error
    headers = {"Cache-Control": FOR_EVER, "ETag": f'"{key}-{width}"'}
    return FileResponse(file, content_type="image/jpeg", headers=headers)
