"""Films by the id of a request. An id of a row that was merged into another film is a former id of that film.

What reads, and what a user says of a film in a body, takes former ids; changes of the film itself are refused.
"""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS

from common.api.filters import IntegerFilter
from common.errors import Code, Conflict
from movies.models import Movie
from movies.queries.films import find_present_id, get_film

FORMER_ID = (
    "A film that was merged into another one is read under its former id too; `id` is the present one. Changes under a "
    "former id are a 409 (`conflict`) with the present one in `details.movie_id`."
)


def film_of_address(view: GenericAPIView[Any], films: QuerySet[Movie]) -> Movie:
    """Return the film of `films` whose id the address has, after checking the view's permissions for it.

    Raises Http404, and Conflict for a write under a former id.
    """
    try:
        wanted = int(view.kwargs["pk"])
    except ValueError as too_long:
        raise Http404 from too_long
    film = get_film(films, wanted)
    view.check_object_permissions(view.request, film)
    if film.pk != wanted and view.request.method not in SAFE_METHODS:
        message = f"This film was merged into another one, and has the id {film.pk} now."
        raise Conflict(Code.CONFLICT, message, details={"movie_id": film.pk})
    return film


class FilmIdField(forms.IntegerField):
    def clean(self, value: Any) -> int | None:
        pk = super().clean(value)
        return None if pk is None else find_present_id(pk)


class FilmIdFilter(IntegerFilter):
    """A filter by the id of a film, or by a former one."""

    field_class = FilmIdField
