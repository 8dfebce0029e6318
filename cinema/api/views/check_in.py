"""The JSON door of the cinema's doors, for managers."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsManager
from cinema.api.serializers.check_in import AdmissionSerializer, CheckInSerializer, UseSerializer
from cinema.api.serializers.holds import NothingSerializer
from cinema.api.serializers.tickets import TicketSerializer
from cinema.api.views.tickets import ERROR, TicketView, person
from cinema.entrance import check_in
from cinema.models import Ticket
from cinema.queries import entrance, ticket_lists, tickets

ONCE = (
    "Once: 409 `already_used` says when, where and by whom, in `details` too; `ticket_cancelled` and `session_started` "
    "(over, or cancelled) say so, `conflict` that the door is not open yet, and `wrong_session` that the ticket is for "
    "another one than `session_id`. Refusals are kept as well. The same "
    "`nonce` is answered as it was the first time; with another code it is a 422."
)


class DoorView(TicketView):
    permission_classes = (IsManager,)

    def admit(self, code: str | Ticket, **scan: Any) -> Response:
        given = {name: value for name, value in scan.items() if value is not None}
        return self.admitted(check_in.check_in(code, person(self.request), **given))

    def admitted(self, admission: check_in.Admission) -> Response:
        ticket = get_object_or_404(ticket_lists.with_api_fields(tickets.bought_tickets()), pk=admission.ticket.pk)
        holder = ticket.user
        told = {
            "ticket": ticket,
            "admitted_at": admission.admitted_at,
            "name": (holder.name or holder.username) if holder else "",
            "seat": ticket.seat.label,
            "age_restriction": ticket.session.movie.age_restriction or None,
            "age": admission.age,
            "purchase": entrance.count_visitors_of_purchase(ticket.purchase_id),
            "repeated": not admission.first,
        }
        return Response(AdmissionSerializer(told, context=self.get_serializer_context()).data)


class CheckInView(DoorView):
    @extend_schema(
        summary="Let somebody in by the code of their ticket",
        description=f"404 for a code that no ticket has. {ONCE}",
        request=CheckInSerializer,
        responses={200: AdmissionSerializer, 404: ERROR, 422: ERROR},
    )
    def post(self, request: Request) -> Response:
        return self.admit(**self.body(CheckInSerializer))


class UseTicketView(DoorView):
    @extend_schema(
        summary="Let somebody in",
        description=ONCE,
        request=UseSerializer,
        responses={200: AdmissionSerializer, 422: ERROR},
    )
    def post(self, request: Request, pk: int) -> Response:
        scan = self.body(UseSerializer)
        return self.admit(get_object_or_404(tickets.bought_tickets(), pk=pk), **scan)


class UndoView(DoorView):
    @extend_schema(
        summary="Take an admission back",
        description="The ticket can be used again. 409 `conflict` when it was not used, `session_started` when the "
        "session is over.",
        request=None,
        responses={200: TicketSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        self.body(NothingSerializer)
        return Response(self.shown(check_in.undo(pk, person(request))))
