"""Serving the files of posters: from a folder, as a bucket serves its own files; and those that are drawn."""

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from common.files.stores import FOR_EVER
from common.finished.declarations import finished
from common.limits.costs import FREE, costs
from movies.models import POSTER_WIDTHS, Movie
from movies.posters import drawn, files, store
from movies.queries.films import get_film, visible_films

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


@finished()  # of no rows: its address names the content
@costs(FREE)
@require_safe
def drawn_poster(request: HttpRequest, pk: int, key: str) -> HttpResponseBase:
    """Serve the drawn poster of a film. An outdated address leads to the present one, if the visitor may see the film.

    The right address is enough for a private film, as it is for uploaded posters: it cannot be guessed.
    """
    movie = Movie.objects.only("title", "directors", "year").prefetch_related("genres").filter(pk=pk).first()
    shown = drawn.shown_by(movie) if movie else None
    if shown is None or not constant_time_compare(key, drawn.key_of(shown)):
        present = get_film(visible_films(request.user).prefetch_related("genres"), pk)
        return redirect(drawn.address_of(present.pk, drawn.shown_by(present)))
    headers = {"Cache-Control": FOR_EVER, "ETag": f'"{key}"'}
    return HttpResponse(drawn.render_svg(shown), content_type="image/svg+xml", headers=headers)
