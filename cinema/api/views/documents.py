"""The JSON door's answers that are not JSON: a ticket as a picture and as a calendar's entry, and the feed."""

from typing import Any, cast

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.models import User
from cinema.api.serializers.feeds import FeedSerializer
from cinema.documents import calendar, feeds, qr, wording
from cinema.models import Ticket
from cinema.queries import tickets
from common.api.parameters import KnownParametersOnly
from common.errors import Code, Conflict

ERROR = {"$ref": "#/components/schemas/Error"}


class AsItIs(BaseRenderer):
    """What the view made is what goes out; this only says that it may be asked for. Errors are JSON as everywhere."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return data


class Picture(AsItIs):
    media_type, format, charset = "image/svg+xml", "svg", "utf-8"


class CalendarFile(AsItIs):
    media_type, format, charset = "text/calendar", "ics", "utf-8"


class OwnTicketView(KnownParametersOnly, generics.GenericAPIView[Ticket]):
    """Somebody else's is not there, for managers either: its code is its holder's."""

    queryset = Ticket.objects.none()
    serializer_class = Serializer
    pagination_class = None

    def ticket(self, pk: int) -> Ticket:
        return get_object_or_404(tickets.with_details(tickets.of_user(cast(User, self.request.user))), pk=pk)


class TicketQRView(OwnTicketView):
    renderer_classes = (Picture,)

    @extend_schema(
        summary="A ticket's QR code",
        description="One's own. The picture has no size of its own. 409 `ticket_cancelled` for one that opens no door.",
        responses={(200, "image/svg+xml"): OpenApiTypes.STR, (409, "application/json"): ERROR},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        ticket = self.ticket(pk)
        if wording.is_off(ticket):
            raise Conflict(Code.TICKET_CANCELLED, "This ticket was cancelled.")
        return HttpResponse(qr.svg(ticket), content_type="image/svg+xml; charset=utf-8")


class TicketCalendarView(OwnTicketView):
    renderer_classes = (CalendarFile,)

    @extend_schema(
        summary="A ticket as a calendar's entry",
        description="One's own, as an iCalendar file. For a cancelled ticket its METHOD is CANCEL, with a higher "
        "SEQUENCE: opened, it takes the entry out again.",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        return calendar_file(self.ticket(pk))


class FeedAddressView(KnownParametersOnly, generics.GenericAPIView[Any]):
    serializer_class = FeedSerializer
    pagination_class = None

    @extend_schema(summary="The address of one's calendar feed", responses=FeedSerializer)
    def get(self, request: Request) -> Response:
        return Response({"address": feeds.address(cast(User, request.user))})

    @extend_schema(
        summary="Make one's calendar feed, or give it another address",
        description="The old address finds nothing any more.",
        request=None,
        responses={201: FeedSerializer},
    )
    def post(self, request: Request) -> Response:
        return Response({"address": feeds.reset(cast(User, request.user))}, 201)

    @extend_schema(summary="Have no calendar feed any more", responses={204: None})
    def delete(self, request: Request) -> Response:
        feeds.stop(cast(User, request.user))
        return Response(status=204)


class FeedView(KnownParametersOnly, generics.GenericAPIView[Any]):
    """The token is all that a calendar has to show."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (CalendarFile,)
    serializer_class = Serializer
    pagination_class = None

    @extend_schema(
        summary="A calendar feed",
        description="Somebody's tickets to come and those of the last three months, for calendars that subscribe to an "
        "address. Cancelled ones are in it as CANCELLED. Ask again with the ETag, once an hour is enough.",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        user = feeds.whose(token)
        if user is None:
            raise Http404
        answer = HttpResponse(calendar.feed(user), content_type="text/calendar; charset=utf-8")
        answer["Cache-Control"] = "private, no-cache"
        return answer


def calendar_file(ticket: Ticket) -> HttpResponse:
    answer = HttpResponse(calendar.of_ticket(ticket), content_type=calendar.content_type(ticket))
    answer["Content-Disposition"] = f'attachment; filename="ticket-{ticket.pk}.ics"'
    return answer
