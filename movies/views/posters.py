"""Serving poster files from a folder. A bucket serves its own files."""

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from common.files.stores import FOR_EVER
from common.limits.costs import FREE, costs
from movies.models import POSTER_WIDTHS
from movies.posters import files, store

KEY = re.compile(r"[0-9a-f]{32,64}")


@costs(FREE)
@require_safe
def poster_file(request: HttpRequest, key: str, width: int) -> FileResponse:
    """Serve a poster file. Its key is a hash of the content, so that it never changes and also serves as ETag."""
    if not KEY.fullmatch(key) or width not in POSTER_WIDTHS or store.get_bucket_store():
        raise Http404
    try:
        file = default_storage.open(files.file_name(key, width))
    except FileNotFoundError as error:
        raise Http404 from error
    headers = {"Cache-Control": FOR_EVER, "ETag": f'"{key}-{width}"'}
    return FileResponse(file, content_type="image/jpeg", headers=headers)
