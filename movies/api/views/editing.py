"""API views for writing films."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsManager
from accounts.people.requests import signed_in_user
from common.api.pagination import one_page_meta
from common.api.parsing import read_body, read_list
from movies.api.serializers.catalogue import MovieDetailSerializer, MovieSerializer
from movies.api.serializers.editing import (
    CreatedMoviesSerializer,
    DeletedSerializer,
    MovieIdsSerializer,
    MovieWritingSerializer,
)
from movies.catalogue import editing
from movies.models import Movie
from movies.queries.films import can_edit, catalogue_films, for_cards, for_detail, visible_films
from movies.queries.library import with_user_data

LOCKS = (
    "Changed fields of a catalogue film are locked: the sync no longer changes them. "
    "To unlock fields, send `locked_fields` without their names."
)


class IsEditable(BasePermission):
    """Everyone may read the catalogue; films are written by their owner, and by managers in the catalogue."""

    def has_object_permission(self, request: Request, view: Any, obj: Movie) -> bool:
        return request.method in SAFE_METHODS or can_edit(request.user, obj)


class MovieWrites(GenericAPIView[Movie]):
    """Write actions of a viewset of films."""

    @extend_schema(
        summary="Add a film",
        description="Managers add films to the catalogue; the fields they set are locked against the sync. Other "
        f"users add private films, which only they can see; up to {editing.MAX_PRIVATE_FILMS:,} of them.",
        request=MovieWritingSerializer,
        responses={201: MovieDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        movie = editing.create_film(signed_in_user(request), read_body(self, MovieWritingSerializer))
        location = reverse("v1:movie-detail", args=[movie.pk])
        return Response(self._serialize(movie), status=201, headers={"Location": location})

    @extend_schema(
        summary="Replace a film",
        description="Fields that you do not send are emptied. Sending back a film as you read it changes nothing. "
        f"{LOCKS}",
        request=MovieWritingSerializer,
        responses=MovieDetailSerializer,
    )
    def update(self, request: Request, pk: str) -> Response:
        movie = editing.replace_film(
            self.get_object(), signed_in_user(request), read_body(self, MovieWritingSerializer)
        )
        return Response(self._serialize(movie))

    @extend_schema(
        summary="Change a film",
        description=f"Fields that you do not send stay as they are. {LOCKS}",
        request=MovieWritingSerializer,
        responses=MovieDetailSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        changes = read_body(self, MovieWritingSerializer, partial=True)
        return Response(self._serialize(editing.edit_film(self.get_object(), signed_in_user(request), changes)))

    @extend_schema(
        summary="Delete a film",
        description="Also deletes all ratings, watchlist items and viewings of the film.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        editing.delete_film(self.get_object())
        return Response(status=204)

    @extend_schema(
        summary="Add many films to the catalogue",
        description=f"An array of 1 to {editing.MAX_AT_ONCE} films; all are added, or none. Errors name the index in "
        "the array and the field, as in `3.year`.",
        request=MovieWritingSerializer(many=True),
        responses={201: CreatedMoviesSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], permission_classes=[IsManager], url_name="bulk")
    def bulk(self, request: Request) -> Response:
        limit = editing.MAX_AT_ONCE
        films = read_list(self, MovieWritingSerializer(), limit)
        created = {movie.pk: movie for movie in editing.create_films(signed_in_user(request), films)}
        by_pk = for_cards(catalogue_films().filter(pk__in=created)).in_bulk()
        items = MovieSerializer(
            [by_pk[pk] for pk in created if pk in by_pk], many=True, context=self.get_serializer_context()
        ).data
        meta = one_page_meta(len(items), limit)
        return Response({"items": items, "meta": meta}, status=201)

    @extend_schema(
        summary="Delete many films of the catalogue",
        description=f"1 to {editing.MAX_AT_ONCE} films; all are deleted, or none. An id that is not in the catalogue "
        "is a 400 error that names its index, as in `ids.3`.",
        request=MovieIdsSerializer,
        responses={200: DeletedSerializer},
        filters=False,
    )
    @bulk.mapping.delete
    def bulk_delete(self, request: Request) -> Response:
        return Response({"deleted": editing.delete_films(read_body(self, MovieIdsSerializer)["ids"])})

    def _serialize(self, movie: Movie) -> Any:
        movie = get_object_or_404(self.films_for_detail(), pk=movie.pk)
        return MovieDetailSerializer(movie, context=self.get_serializer_context()).data

    def films_for_detail(self) -> QuerySet[Movie]:
        """Films visible to the user, with the user's own rating and watchlist item."""
        user = self.request.user
        return with_user_data(for_detail(visible_films(user)), user)
