"""API of holds: seats kept for a customer who is choosing."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from cinema.api.serializers.holds import HoldSerializer, NewHoldSerializer
from cinema.api.serializers.tickets import SpecialSeatsSerializer, TicketsSerializer, serialize_purchase
from cinema.api.shown import note_shown
from cinema.api.views.tickets import ERROR
from cinema.box_office import holds
from cinema.models import Purchase
from cinema.queries import ticket_lists
from common.api.parameters import KnownParametersOnly
from common.api.parsing import EmptyBodySerializer, read_body
from common.client_ip import client_block
from common.limits.costs import costs, posts


@extend_schema_view(
    list=extend_schema(summary="List your holds", description="Current holds only, the newest first."),
    retrieve=extend_schema(summary="Get a hold", description="404 once it has ended."),
)
@costs("purchase", when=lambda request: posts(request) and request.path_info.endswith("/holds"))
class HoldViewSet(
    KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Purchase]
):
    """Holds of the user. Holds of others are 404."""

    queryset = Purchase.objects.none()
    serializer_class = HoldSerializer
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Purchase]:
        return ticket_lists.holds_with_api_fields(signed_in_user(self.request))

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the page, which shows the sessions of its holds."""
        page = super().paginate_queryset(queryset)
        for hold in page or []:
            note_shown(self.request, hold.session)
        return page

    def get_object(self) -> Purchase:
        """Return the hold, whose session the answer shows."""
        hold = super().get_object()
        note_shown(self.request, hold.session)
        return hold

    @extend_schema(
        summary="Hold seats",
        description="Holds the `seats`, or a `quantity` of the best available seats together: all or none. A hold "
        "lasts some minutes and replaces your hold in the same session. The rules are those of buying. 409 "
        "`hold_limit` once you have held seats of the session for `HOLD_MINUTES_PER_HOUR` within an hour. 409 "
        "`conflict` while you have an offer from the waiting list: confirm or delete its hold first.",
        request=NewHoldSerializer,
        responses={201: HoldSerializer, 404: ERROR},
    )
    def create(self, request: Request) -> Response:
        seats = read_body(self, NewHoldSerializer)
        hold = holds.hold(seats.pop("session_id"), signed_in_user(request), address=client_block(request), **seats)
        where = reverse("v1:hold-detail", args=[hold.pk])
        return Response(self._serialize(hold), 201, headers={"Location": where})

    @extend_schema(
        summary="Extend a hold",
        description="Restarts its time, up to ten minutes in all. An offer from the waiting list keeps its end. "
        "409 `hold_expired`.",
        request=None,
        responses={200: HoldSerializer},
    )
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str) -> Response:
        read_body(self, EmptyBodySerializer)
        return Response(self._serialize(holds.extend(int(pk), signed_in_user(self.request))))

    @extend_schema(
        summary="Buy the seats of a hold",
        description="Sent again, it gets the same answer. 409 `hold_expired`; `special_seats_unconfirmed` names the "
        "wheelchair places and companion seats that need `special_seats_confirmed`. 409 `session_moved` if the session "
        "was moved to another time or room after you held the seats, or were offered them: `details` has its new time "
        "and room. Show them: get the hold, the session with all its fields, or your place on the waiting list, then "
        "confirm again.",
        request=SpecialSeatsSerializer,
        responses={200: TicketsSerializer},
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        answers = read_body(self, SpecialSeatsSerializer)
        purchase = holds.confirm(int(pk), signed_in_user(self.request), **answers)
        return Response(serialize_purchase(purchase, self.get_serializer_context()))

    @extend_schema(summary="Release the seats of a hold", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        holds.release(int(pk), signed_in_user(self.request))
        return Response(status=204)

    def _serialize(self, hold: Purchase) -> Any:
        """Return the current JSON, which shows the session."""
        row = get_object_or_404(self.get_queryset(), pk=hold.pk)
        note_shown(self.request, row.session)
        return self.get_serializer(row).data
