"""API of tickets: buying, listing and cancelling them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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

from accounts.api.permissions import IsManager
from accounts.models import User
from accounts.people.requests import signed_in_user
from cinema.api.rows import TICKET
from cinema.api.serializers.tickets import (
    MANAGER_FIELDS,
    BoughtTicketSerializer,
    DeliverySerializer,
    NewTicketSerializer,
    NewTicketsSerializer,
    TicketSerializer,
    TicketsSerializer,
    serialize_purchase,
)
from cinema.api.ticket_filters import OwnTicketFilter, TicketFilter
from cinema.box_office import purchases
from cinema.models import Purchase, Ticket
from cinema.notifications.tickets_bought import find_tickets_mail, send_tickets_again
from cinema.queries import ticket_lists, tickets
from common.api.answers.rows import ListOfRows
from common.api.parameters import KnownParametersOnly
from common.api.parsing import EmptyBodySerializer, read_body
from common.client_ip import client_block
from common.database.kept import Parameter
from common.errors import Conflict, FieldError
from common.limits.costs import costs, posts

ERROR = {"$ref": "#/components/schemas/Error"}
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="1 to 255 visible ASCII characters, chosen by you for each purchase. A request sent again with the "
    "same key buys nothing; it returns the first purchase.",
)
REFUSALS = (
    "409 `seat_taken` names the seats that are taken, `special_seats_unconfirmed` the wheelchair places and companion "
    "seats that need `special_seats_confirmed`; also `sold_out`, `ticket_limit`, `address_limit` (of all "
    "customers behind one network address) and `session_started`. 403 `age_restricted` or `date_of_birth_required` if "
    "the holder is too young or has no date of birth, `email_unconfirmed` for more than `UNCONFIRMED_TICKETS` before "
    "the email is confirmed."
)


class TicketView(KnownParametersOnly, generics.GenericAPIView[Ticket]):
    queryset = Ticket.objects.none()
    serializer_class = TicketSerializer

    def _serialize(self, ticket: Ticket) -> Any:
        """Return the current JSON."""
        found = get_object_or_404(ticket_lists.with_api_fields(tickets.bought_tickets()), pk=ticket.pk)
        return TicketSerializer(found, context=self.get_serializer_context()).data


@costs("purchase", when=posts)
class BuyingView(TicketView):
    def buy(self, session_id: int, user: User | None = None, **seats: Any) -> dict[str, Any]:
        """Buy seats for `user`, by default the signed-in one. Return the tickets as JSON, and their mail."""
        buyer = signed_in_user(self.request)
        key = self.request.headers.get("Idempotency-Key")
        address = client_block(self.request)
        purchase = purchases.buy(session_id, user or buyer, buyer, key=key, address=address, **seats)
        return serialize_purchase(purchase, self.get_serializer_context())


class RowsOfTickets(ListOfRows):
    row_fields = TICKET
    orderings = ticket_lists.ORDERINGS
    default_ordering = "-purchased_at"

    def find_names(self) -> tuple[str, ...]:
        names = super().find_names()
        if signed_in_user(self.request).is_staff:
            return names
        return tuple(name for name in names if name not in MANAGER_FIELDS)


@extend_schema_view(
    list=extend_schema(summary="List all tickets", description="For managers. Used and cancelled ones included."),
    retrieve=extend_schema(summary="Get a ticket", description="A ticket of your own; any ticket for managers."),
)
class TicketViewSet(BuyingView, RowsOfTickets, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Ticket]):
    filterset_class = TicketFilter
    lookup_value_regex = r"\d+"

    def get_permissions(self) -> list[BasePermission]:
        return [IsManager()] if self.action == "list" else [IsAuthenticated()]

    def get_queryset(self) -> QuerySet[Ticket]:
        user = signed_in_user(self.request)
        rows = tickets.bought_tickets() if user.is_staff else tickets.of_user(user)
        return rows if self.action == "list" else ticket_lists.with_api_fields(rows)

    @extend_schema(
        summary="Buy a ticket",
        description=f"For the `seat`, or the best available one. {REFUSALS}",
        parameters=[KEY],
        request=NewTicketSerializer,
        responses={201: BoughtTicketSerializer, 404: ERROR},
    )
    def create(self, request: Request) -> Response:
        values = read_body(self, NewTicketSerializer)
        seat = values.pop("seat", None)
        seats: dict[str, Any] = {"quantity": 1} if seat is None else {"seats": [seat]}
        with _errors_of_one_seat():
            bought = self.buy(**values, **seats)
        (ticket,) = bought["items"]
        return Response(
            ticket | {"mail": bought["mail"]},
            201,
            headers={"Location": reverse("v1:ticket-detail", args=[ticket["id"]])},
        )

    @extend_schema(
        summary="Cancel a ticket",
        description="A ticket of your own until the session starts; managers cancel any ticket until it ends. The seat "
        "becomes free, and the ticket stays as cancelled. 409 `ticket_cancelled`, `already_used` or "
        "`session_started`.",
        responses={200: TicketSerializer},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        return Response(self._serialize(purchases.cancel(int(pk), signed_in_user(request))))


class SeveralTicketsView(BuyingView):
    @extend_schema(
        summary="Buy several tickets",
        description=f"The `seats`, or a `quantity` of the best available seats together: all or none. {REFUSALS}",
        parameters=[KEY],
        request=NewTicketsSerializer,
        responses={201: TicketsSerializer, 404: ERROR},
    )
    def post(self, request: Request) -> Response:
        return Response(self.buy(**read_body(self, NewTicketsSerializer)), 201)


@costs("documents", when=posts)
class TicketMailView(KnownParametersOnly, generics.GenericAPIView[Ticket]):
    """The mail with the tickets that were bought together with this one."""

    queryset = Ticket.objects.none()
    serializer_class = DeliverySerializer

    @extend_schema(summary="Get what was mailed", responses={200: DeliverySerializer, 404: ERROR})
    def get(self, request: Request, pk: int) -> Response:
        return self._respond(self._find_purchase(pk))

    @extend_schema(
        summary="Mail the tickets again",
        description="All of their purchase that are valid, to the address that the account has now. Five times, then "
        "with growing waits: 429 `throttled`. 409 `ticket_cancelled` or `session_started`.",
        request=None,
        responses={202: DeliverySerializer, 404: ERROR},
    )
    def post(self, request: Request, pk: int) -> Response:
        read_body(self, EmptyBodySerializer)
        purchase = self._find_purchase(pk)
        send_tickets_again(purchase, signed_in_user(request))
        return self._respond(purchase, 202)

    def _find_purchase(self, pk: int) -> Purchase:
        own = tickets.of_user(signed_in_user(self.request)).select_related("purchase")
        return get_object_or_404(own, pk=pk).purchase

    def _respond(self, purchase: Purchase, status: int = 200) -> Response:
        mail = find_tickets_mail(purchase, signed_in_user(self.request))
        return Response(self.get_serializer(mail).data, status)


class ListOfTickets(KnownParametersOnly, RowsOfTickets, generics.ListAPIView[Ticket]):
    queryset = Ticket.objects.none()
    serializer_class = TicketSerializer
    filterset_class = OwnTicketFilter

    def kept_rows(self, **values: Parameter) -> QuerySet[Ticket]:
        return tickets.of_user(values["user"])


@extend_schema_view(
    get=extend_schema(
        summary="List your tickets",
        description="The last bought first. `when=used` lists what you have seen in this cinema.",
        operation_id="tickets_me_list",
    )
)
class OwnTicketsView(ListOfTickets):
    def row_values(self) -> dict[str, int]:
        return {"user": signed_in_user(self.request).pk}

    def get_queryset(self) -> QuerySet[Ticket]:
        return tickets.of_user(signed_in_user(self.request))


@extend_schema_view(get=extend_schema(summary="List the tickets of a user", description="For managers."))
class TicketsOfUserView(ListOfTickets):
    permission_classes = (IsManager,)

    def row_values(self) -> dict[str, int]:
        return {"user": get_object_or_404(User, pk=self.kwargs["pk"]).pk}

    def get_queryset(self) -> QuerySet[Ticket]:
        return tickets.of_user(get_object_or_404(User, pk=self.kwargs["pk"]))


@contextmanager
def _errors_of_one_seat() -> Iterator[None]:
    """Rename the field `seats.0` of errors to `seat`, as in the request."""
    try:
        yield
    except ValidationError as error:
        errors = error.message_dict
        raise ValidationError({field.replace("seats.0", "seat"): errors[field] for field in errors}) from error
    except Conflict as error:
        error.errors = [FieldError(field.replace("seats.0", "seat"), text) for field, text in error.errors]
        raise
