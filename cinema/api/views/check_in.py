"""API of check-in at the entrance, for managers."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsManager
from accounts.people.requests import signed_in_user
from cinema.api.serializers.check_in import AdmissionSerializer, CheckInSerializer, UseSerializer
from cinema.api.serializers.tickets import TicketSerializer
from cinema.api.views.tickets import ERROR, TicketView
from cinema.entrance import check_in
from cinema.models import Ticket
from cinema.queries import entrance, ticket_lists, tickets
from common.api.parsing import EmptyBodySerializer, read_body

RULES = (
    "A ticket is admitted once. 409 `already_used` names when, where and by whom, also in `details`; "
    "`ticket_cancelled`; `session_started` once the session is over or cancelled; `conflict` before the entrance "
    "opens; `wrong_session` for a ticket for another session than `session_id`, or for a later day without one. "
    "Refused scans are recorded too. A scan sent again with the same `nonce` gets the same answer; with another code "
    "it is a 422."
)


class EntranceView(TicketView):
    permission_classes = (IsManager,)

    def admit(self, code: str | Ticket, **scan: Any) -> Response:
        values = {name: value for name, value in scan.items() if value is not None}
        admission = check_in.check_in(code, signed_in_user(self.request), **values)
        ticket = get_object_or_404(ticket_lists.with_api_fields(tickets.bought_tickets()), pk=admission.ticket.pk)
        holder = ticket.user
        answer = {
            "ticket": ticket,
            "admitted_at": admission.admitted_at,
            "name": (holder.name or holder.username) if holder else "",
            "seat": ticket.seat.label,
            "age_restriction": ticket.session.movie.age_restriction or None,
            "age": admission.age,
            "purchase": entrance.count_visitors_of_purchase(ticket.purchase_id),
            "repeated": not admission.first,
        }
        return Response(AdmissionSerializer(answer, context=self.get_serializer_context()).data)


class CheckInView(EntranceView):
    @extend_schema(
        summary="Check in a ticket by its code",
        description=f"404 for an unknown code; the message says so if a scanner's keyboard layout is wrong. {RULES}",
        request=CheckInSerializer,
        responses={200: AdmissionSerializer, 404: ERROR, 422: ERROR},
    )
    def post(self, request: Request) -> Response:
        return self.admit(**read_body(self, CheckInSerializer))


class UseTicketView(EntranceView):
    @extend_schema(
        summary="Check in a ticket",
        description=RULES,
        request=UseSerializer,
        responses={200: AdmissionSerializer, 422: ERROR},
    )
    def post(self, request: Request, pk: int) -> Response:
        scan = read_body(self, UseSerializer)
        return self.admit(get_object_or_404(tickets.bought_tickets(), pk=pk), **scan)


class UndoView(EntranceView):
    @extend_schema(
        summary="Undo a check-in",
        description="The ticket can be used again. 409 `conflict` if it was not used, `session_started` if the session "
        "is over.",
        request=None,
        responses={200: TicketSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        read_body(self, EmptyBodySerializer)
        return Response(self._serialize(check_in.undo(pk, signed_in_user(request))))
