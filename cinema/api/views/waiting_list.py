"""API of waiting lists."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from cinema.api.serializers.waiting_list import JoiningSerializer, WaitingSerializer
from cinema.api.shown import note_shown
from cinema.api.views.tickets import ERROR
from cinema.box_office import waiting_list
from cinema.models import Waiting
from cinema.queries import waiting_list as queries
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body
from common.limits.costs import costs, posts

JOINING = (
    "For a `quantity` of seats greater than the number of free ones: 409 `conflict` otherwise. The rules are those of "
    "buying. Seats that become free are offered to the first entry that can use them: `offer` names a hold, to be "
    "confirmed at `/holds/{hold_id}/confirm` or deleted. After `WAITING_OFFER_MINUTES` the next entry gets the offer. "
    "Sent again with fewer seats, the entry keeps its place; with more it moves to the end of the list. 403 "
    "`email_unconfirmed` without a confirmed email, 409 `hold_limit` after two offers that you let go."
)


@costs("purchase", when=posts)
class WaitingView(KnownParametersOnly, generics.GenericAPIView[Waiting]):
    """The user's entry on the waiting list of a session."""

    queryset = Waiting.objects.none()
    serializer_class = WaitingSerializer

    @extend_schema(summary="Get your place on the waiting list", responses={200: WaitingSerializer, 404: ERROR})
    def get(self, request: Request, pk: int) -> Response:
        return Response(self._serialize(pk))

    @extend_schema(
        summary="Join the waiting list",
        description=JOINING,
        request=JoiningSerializer,
        responses={201: WaitingSerializer, 200: WaitingSerializer, 404: ERROR},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = read_body(self, JoiningSerializer)
        _, is_new = waiting_list.join(pk, signed_in_user(request), values["quantity"])
        return Response(self._serialize(pk), 201 if is_new else 200)

    @extend_schema(
        summary="Leave the waiting list",
        description="An offer is released, and the next entry gets it.",
        responses={204: None, 404: ERROR},
    )
    def delete(self, request: Request, pk: int) -> Response:
        waiting_list.leave(pk, signed_in_user(request))
        return Response(status=204)

    def _serialize(self, session_id: int) -> Any:
        """Return the current JSON, which shows the session."""
        entry = get_object_or_404(queries.entries_with_api_fields(signed_in_user(self.request)), session=session_id)
        note_shown(self.request, entry.session)
        return self.get_serializer(entry).data


@extend_schema_view(
    get=extend_schema(
        summary="List your waiting list entries", description="The earliest first.", operation_id="waiting_list"
    )
)
class OwnWaitingView(KnownParametersOnly, generics.ListAPIView[Waiting]):
    queryset = Waiting.objects.none()
    serializer_class = WaitingSerializer

    def get_queryset(self) -> QuerySet[Waiting]:
        return queries.entries_with_api_fields(signed_in_user(self.request))

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the page, which shows the sessions of its entries."""
        page = super().paginate_queryset(queryset)
        for entry in page or []:
            note_shown(self.request, entry.session)
        return page
