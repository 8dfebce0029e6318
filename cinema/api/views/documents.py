"""API of documents that are not JSON: a ticket's QR code and calendar entry, and the calendar feed."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response, set_response_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.people.requests import signed_in_user
from cinema.api.serializers.feeds import FeedSerializer
from cinema.documents import feeds, qr, wording
from cinema.models import Ticket
from cinema.queries import tickets
from common.api.answers.negotiation import AnyAcceptHeader
from common.api.parameters import KnownParametersOnly
from common.errors import Code, Conflict
from common.limits.costs import costs

ERROR = {"$ref": "#/components/schemas/Error"}


class PassThroughRenderer(BaseRenderer):
    """Declares a media type for content negotiation. The views render the content; errors are JSON as everywhere."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return data


class SVGRenderer(PassThroughRenderer):
    media_type, format, charset = "image/svg+xml", "svg", "utf-8"


class CalendarRenderer(PassThroughRenderer):
    media_type, format, charset = "text/calendar", "ics", "utf-8"


class OwnTicketView(KnownParametersOnly, generics.GenericAPIView[Ticket]):
    """A ticket of the user. Tickets of others are 404 for managers too: the code is the holder's."""

    content_negotiation_class = AnyAcceptHeader
    queryset = Ticket.objects.none()
    serializer_class = Serializer
    pagination_class = None

    def _ticket(self, pk: int) -> Ticket:
        return get_object_or_404(tickets.with_details(tickets.of_user(signed_in_user(self.request))), pk=pk)


@costs("documents")
class TicketQRView(OwnTicketView):
    renderer_classes = (SVGRenderer,)

    @extend_schema(
        summary="A ticket's QR code",
        description="Of a ticket of your own. An SVG image without a fixed size. 409 `ticket_cancelled` if the ticket "
        "or its session was cancelled.",
        responses={(200, "image/svg+xml"): OpenApiTypes.STR, (409, "application/json"): ERROR},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        ticket = self._ticket(pk)
        if wording.is_cancelled(ticket):
            raise Conflict(Code.TICKET_CANCELLED, "This ticket was cancelled.")
        return HttpResponse(qr.render_svg(ticket), content_type="image/svg+xml; charset=utf-8")


class TicketCalendarView(OwnTicketView):
    renderer_classes = (CalendarRenderer,)

    @extend_schema(
        summary="A ticket's calendar entry",
        description="Of a ticket of your own, as an iCalendar file: one entry for all of your tickets for that "
        "session. Once all of them are cancelled its METHOD is CANCEL. SEQUENCE rises with each change, also of the "
        "film's title and the room's name.",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        from cinema.documents import calendar  # here, because its library is slow to import

        visit = list(tickets.of_visit(signed_in_user(request), self._ticket(pk).session_id))
        answer = HttpResponse(calendar.render_visit(visit), content_type=calendar.content_type(visit))
        answer["Content-Disposition"] = f'attachment; filename="{calendar.file_name(visit)}"'
        return answer


class FeedAddressView(KnownParametersOnly, generics.GenericAPIView[Any]):
    serializer_class = FeedSerializer
    pagination_class = None

    @extend_schema(summary="Get the address of your calendar feed", responses=FeedSerializer)
    def get(self, request: Request) -> Response:
        return Response({"address": feeds.find_address(signed_in_user(request))})

    @extend_schema(
        summary="Create your calendar feed, or change its address",
        description="An old address stops working.",
        request=None,
        responses={201: FeedSerializer},
    )
    def post(self, request: Request) -> Response:
        return Response({"address": feeds.reset_address(signed_in_user(request))}, 201)

    @extend_schema(summary="Delete your calendar feed", responses={204: None})
    def delete(self, request: Request) -> Response:
        feeds.delete_address(signed_in_user(request))
        return Response(status=204)


class FeedView(KnownParametersOnly, generics.GenericAPIView[Any]):
    """A calendar feed. The token in its address is the only credential.

    Calendar services and link checkers add parameters to addresses, and send any `Accept`.
    """

    content_negotiation_class = AnyAcceptHeader
    takes_any_parameter = True
    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (CalendarRenderer,)
    serializer_class = Serializer
    pagination_class = None

    @extend_schema(
        summary="A calendar feed",
        description="A user's upcoming visits and those of the last three months, for calendar programs that "
        "subscribe to an address. Cancelled visits have the status CANCELLED. Send the ETag with each request; once "
        "an hour is enough. Any parameter and any `Accept` header are ignored.",
        responses={(200, "text/calendar"): OpenApiTypes.STR},
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        from cinema.documents import calendar  # here, because its library is slow to import

        user = feeds.find_user(token)
        if user is None:
            raise Http404
        answer = HttpResponse(calendar.render_feed(user), content_type="text/calendar; charset=utf-8")
        answer["Cache-Control"] = "private, no-cache"
        set_response_etag(answer)  # Django's middleware does so for GET, and leaves HEAD out
        return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer
