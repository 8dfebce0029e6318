"""API views of the watchlist."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from common.api.parameters import KnownParametersOnly
from common.api.parsing import EmptyBodySerializer, read_body
from movies.api.filters import WatchlistFilter
from movies.api.serializers.watchlist import (
    FavoriteSerializer,
    NewWatchlistItemSerializer,
    WatchlistItemSerializer,
)
from movies.library import watchlist
from movies.models import WatchlistItem
from movies.queries.library import WATCHLIST_ORDERINGS, watchlist_items


@extend_schema_view(
    list=extend_schema(
        summary="List your watchlist",
        description="Last added first. With `ordering=playing`, films with a session in the next seven days come "
        "first, ordered by their next session.",
    ),
    retrieve=extend_schema(summary="Get one item of your watchlist"),
    destroy=extend_schema(summary="Remove a film from your watchlist", responses={204: None}),
)
class WatchlistViewSet(
    KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[WatchlistItem]
):
    queryset = WatchlistItem.objects.none()
    serializer_class = WatchlistItemSerializer
    filterset_class = WatchlistFilter
    lookup_value_regex = r"\d+"
    orderings = WATCHLIST_ORDERINGS
    default_ordering = "-added_at"

    def get_queryset(self) -> QuerySet[WatchlistItem]:
        return watchlist_items(signed_in_user(self.request))

    @extend_schema(
        summary="Add a film to your watchlist",
        description="409 if it is already there.",
        request=NewWatchlistItemSerializer,
        responses={201: WatchlistItemSerializer},
    )
    def create(self, request: Request) -> Response:
        item = watchlist.add_item(signed_in_user(request), **read_body(self, NewWatchlistItemSerializer))
        return self._respond(item, 201, headers={"Location": reverse("v1:watchlist-detail", args=[item.pk])})

    @extend_schema(summary="Mark or unmark a favourite", request=FavoriteSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        item, changes = self.get_object(), read_body(self, FavoriteSerializer)
        return self._apply(lambda: watchlist.set_favorite(item, **changes)) if changes else self._respond(item)

    @extend_schema(
        summary="Toggle the favourite mark",
        description="Returns the changed item. Takes no body.",
        request=None,
        responses={200: OpenApiResponse(WatchlistItemSerializer)},
    )
    @action(detail=True, methods=["patch"])
    def favorite(self, request: Request, pk: str) -> Response:
        item = self.get_object()
        read_body(self, EmptyBodySerializer)
        return self._apply(lambda: watchlist.toggle_favorite(item))

    def destroy(self, request: Request, pk: str) -> Response:
        watchlist.delete_item(self.get_object())
        return Response(status=204)

    def _apply(self, act: Callable[[], WatchlistItem]) -> Response:
        try:
            return self._respond(act())
        except WatchlistItem.DoesNotExist as error:  # deleted by another request
            raise Http404 from error

    def _respond(self, item: WatchlistItem, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        return Response(self.get_serializer(item).data, status, headers=headers)
