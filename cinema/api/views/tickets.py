"""The JSON door of tickets: buying them, seeing them, giving them back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, mixins, viewsets
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.permissions import IsManager
from accounts.models import User
from cinema.api.serializers.tickets import (
    NewTicketSerializer,
    NewTicketsSerializer,
    TicketSerializer,
    TicketsSerializer,
)
from cinema.api.ticket_filters import OwnTicketFilter, TicketFilter
from cinema.box_office import purchases
from cinema.models import Ticket
from cinema.queries import ticket_lists, tickets
from common.api.parameters import KnownParametersOnly
from common.api.throttling import PurchaseThrottle
from common.errors import Conflict, FieldError

ERROR = {"$ref": "#/components/schemas/Error"}
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 255 visible ASCII characters of your own, new for each purchase. A request sent again with the "
    "same key buys nothing more: it answers with the first purchase.",
)
FIRST_COME = (
    "409 `seat_taken` names the seats that somebody else has; `sold_out`, `ticket_limit` and `session_started` say "
    "what they say. 403 `age_restricted` or `date_of_birth_required` is about whom the tickets are for."
)


def person(request: Request) -> User:
    """Whoever is signed in, which the permission has made sure of."""
    return cast(User, request.user)


class TicketView(KnownParametersOnly, generics.GenericAPIView[Ticket]):
    queryset = Ticket.objects.none()
    serializer_class = TicketSerializer

    def body(self, kind: type[BaseSerializer[Any]]) -> dict[str, Any]:
        given = kind(data=self.request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def shown(self, ticket: Ticket) -> Any:
        """As it reads now."""
        found = get_object_or_404(ticket_lists.with_api_fields(tickets.bought_tickets()), pk=ticket.pk)
        return TicketSerializer(found, context=self.get_serializer_context()).data


class BuyingView(TicketView):
    def get_throttles(self) -> list[Any]:
        throttles = super().get_throttles()
        return [*throttles, PurchaseThrottle()] if self.request.method == "POST" else throttles

    def buy(self, user: User | None = None, **wanted: Any) -> Any:
        """The tickets in JSON."""
        asking = person(self.request)
        key = self.request.headers.get("Idempotency-Key")
        purchase = purchases.buy(user=user or asking, by=asking, key=key, **wanted)
        rows = ticket_lists.of_purchase(purchase)
        return TicketSerializer(rows, many=True, context=self.get_serializer_context()).data


@extend_schema_view(
    list=extend_schema(summary="All tickets", description="For managers: the bought, the used, the cancelled."),
    retrieve=extend_schema(summary="One ticket", description="One's own; any for managers."),
)
class TicketViewSet(BuyingView, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Ticket]):
    filterset_class = TicketFilter
    lookup_value_regex = r"\d+"
    orderings = ticket_lists.ORDERINGS
    default_ordering = "-purchased_at"

    def get_permissions(self) -> list[BasePermission]:
        return [IsManager()] if self.action == "list" else [IsAuthenticated()]

    def get_queryset(self) -> QuerySet[Ticket]:
        user = person(self.request)
        return ticket_lists.with_api_fields(tickets.bought_tickets() if user.is_staff else tickets.of_user(user))

    @extend_schema(
        summary="Buy a ticket",
        description=f"For the seat named, or the best that is free. {FIRST_COME}",
        parameters=[KEY],
        request=NewTicketSerializer,
        responses={201: TicketSerializer, 404: ERROR},
    )
    def create(self, request: Request) -> Response:
        wanted = self.body(NewTicketSerializer)
        seat = wanted.pop("seat", None)
        with about_one_seat():
            (ticket,) = self.buy(**wanted, **({"seats": [seat]} if seat is not None else {"quantity": 1}))
        return Response(ticket, 201, headers={"Location": reverse("v1:ticket-detail", args=[ticket["id"]])})

    @extend_schema(
        summary="Cancel a ticket",
        description="One's own until the session starts; any until it ends for managers. The seat is free at once, and "
        "the ticket stays as cancelled. 409 `ticket_cancelled`, `already_used` or `session_started`.",
        responses={200: TicketSerializer},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        return Response(self.shown(purchases.cancel(int(pk), person(request))))


class SeveralTicketsView(BuyingView):
    @extend_schema(
        summary="Buy several tickets",
        description=f"All or none: the `seats` named, or a `quantity` of the best together. {FIRST_COME}",
        parameters=[KEY],
        request=NewTicketsSerializer,
        responses={201: TicketsSerializer, 404: ERROR},
    )
    def post(self, request: Request) -> Response:
        return Response({"items": self.buy(**self.body(NewTicketsSerializer))}, 201)


class ListOfTickets(KnownParametersOnly, generics.ListAPIView[Ticket]):
    queryset = Ticket.objects.none()
    serializer_class = TicketSerializer
    filterset_class = OwnTicketFilter
    orderings = ticket_lists.ORDERINGS
    default_ordering = "-purchased_at"


@extend_schema_view(
    get=extend_schema(
        summary="One's own tickets",
        description="What was bought last comes first. `when=used` is what one has seen here.",
        operation_id="tickets_me_list",
    )
)
class OwnTicketsView(ListOfTickets):
    def get_queryset(self) -> QuerySet[Ticket]:
        return ticket_lists.with_api_fields(tickets.of_user(person(self.request)))


@extend_schema_view(get=extend_schema(summary="Somebody's tickets", description="For managers."))
class TicketsOfUserView(ListOfTickets):
    permission_classes = (IsManager,)

    def get_queryset(self) -> QuerySet[Ticket]:
        return ticket_lists.with_api_fields(tickets.of_user(get_object_or_404(User, pk=self.kwargs["pk"])))


@contextmanager
def about_one_seat() -> Iterator[None]:
    """The box office speaks of the first of several seats, where the request had only one."""
    try:
        yield
    except ValidationError as error:
        errors = error.message_dict
        raise ValidationError({field.replace("seats.0", "seat"): errors[field] for field in errors}) from error
    except Conflict as error:
        error.errors = [FieldError(field.replace("seats.0", "seat"), text) for field, text in error.errors]
        raise
