"""API of the programme."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.people.requests import signed_in_user
from cinema.api.filters import SessionFilter, SessionsOfFilmFilter
from cinema.api.permissions import ManagersWrite
from cinema.api.rows import SESSION
from cinema.api.serializers.seats import SeatMapSerializer
from cinema.api.serializers.sessions import (
    CreatedSessionsSerializer,
    ManyRemovalSerializer,
    RemovalSerializer,
    RemovedSerializer,
    SessionSerializer,
    SessionWritingSerializer,
)
from cinema.api.shown import note_shown
from cinema.models import MovieSession
from cinema.programme import planning, removal, scheduling
from cinema.queries import sessions
from cinema.queries.seats import SeatOnMap, seat_map
from common.api.answers.rows import ListOfRows
from common.api.pagination import one_page_meta
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body, read_list
from common.database.kept import Parameter
from common.finished.declarations import finished
from movies.api.film_ids import film_of_address
from movies.models import Movie
from movies.queries.films import DETAIL_ONLY, visible_films

# Managers see drafts, and for customers it is noted what they were shown. Holds and sessions end without a change.
SHOWN_KINDS, SHOWN_SECONDS = ("films", "programme", "tickets"), 10
LISTED = (
    "Sessions that are not over, in order of their start; with `date`, `from` or `to` past ones too. Managers also see "
    "drafts. A `cursor` reads lists of any length to the end."
)
WHEN = (
    "Send `room` or `room_number`; and `starts_at`, optionally with `ends_at`, or `date` and `timeslot` in the "
    "cinema's time zone. 409 `room_taken` if the room is occupied then, turnarounds included: `details` has the "
    "`clashing_session`, and three `free_slots` that are long enough."
)
TICKETS = (
    "409 `session_started` once it has begun or was cancelled; `has_tickets` while it has sold tickets, unless "
    "`cancel_tickets` is true. Then the tickets and the session are cancelled, and the session stays visible to "
    "everyone. So does a session for which people hold seats or wait; their holds are released. Any other is deleted."
)


class SessionView(KnownParametersOnly, generics.GenericAPIView[MovieSession]):
    queryset = MovieSession.objects.none()
    permission_classes = (ManagersWrite,)
    serializer_class: type[BaseSerializer[Any]] | None = SessionSerializer
    orderings = sessions.ORDERINGS
    default_ordering = "starts_at"

    def get_queryset(self) -> QuerySet[MovieSession]:
        rows = sessions.visible_sessions if self._is_list() else sessions.readable_sessions
        return sessions.with_seat_counts(rows(self.request.user))

    def _serialize(self, session: MovieSession) -> Any:
        return SessionSerializer(get_object_or_404(self.get_queryset(), pk=session.pk)).data


class ListOfSessions(ListOfRows, SessionView):
    row_fields = SESSION

    def row_values(self) -> dict[str, datetime]:
        return sessions.bounds_at(timezone.now())

    def row_shape(self) -> bool:
        return self.request.user.is_authenticated and self.request.user.is_staff

    def kept_rows(self, **values: Parameter) -> QuerySet[MovieSession]:
        rows = sessions.visible_sessions(self.request.user).filter(cancelled_at=None)
        rows = sessions.not_over_at(rows, now=values["now"], since=values["since"])
        return sessions.with_seat_counts(rows, values["now"])


@extend_schema_view(
    list=extend_schema(summary="List the programme", description=LISTED),
    retrieve=extend_schema(
        summary="Get a session", description="A cancelled one too: `cancelled_at` says when. Lists leave it out."
    ),
)
@finished(*SHOWN_KINDS, for_signed_in=False, seconds=SHOWN_SECONDS, actions=["list", "retrieve"])
class MovieSessionViewSet(ListOfSessions, mixins.RetrieveModelMixin, viewsets.GenericViewSet[MovieSession]):
    filterset_class = SessionFilter
    lookup_value_regex = r"\d+"

    def filter_queryset(self, queryset: Any) -> Any:
        # Only lists leave out sessions by default, such as past ones.
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_object(self) -> MovieSession:
        """Return the session, which the answer shows to the user."""
        session = super().get_object()
        if self.request.method in {"GET", "HEAD"}:
            note_shown(self.request, session)
        return session

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return SeatMapSerializer if self.action == "seats" else SessionSerializer

    @extend_schema(
        summary="Change or move a session",
        description="Fields that are not sent stay as they are; a new start without an end keeps the length. Sold "
        "tickets and held seats stay valid, and everyone concerned is notified: ticket holders, the waiting list, and "
        "those who hold or are offered seats, who confirm these only after the new time was shown. In another room "
        f"they are for the seats with the same labels; 409 `seats_lost` names those missing there. {WHEN} 409 "
        "`session_started` once it has begun or was cancelled; `has_tickets` for making a session with sold tickets a "
        "draft, which loses its holds and its waiting list.",
        request=SessionWritingSerializer,
        responses=SessionSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        changes = read_body(self, SessionWritingSerializer, instance=self.get_object(), partial=True)
        return Response(self._serialize(scheduling.change_session(int(pk), changes)))

    @extend_schema(
        summary="Delete or cancel a session", description=TICKETS, request=RemovalSerializer, responses={204: None}
    )
    def destroy(self, request: Request, pk: str) -> Response:
        removal.remove_session(self.get_object().pk, signed_in_user(request), **read_body(self, RemovalSerializer))
        return Response(status=204)

    @extend_schema(
        summary="Delete or cancel many sessions",
        description=f"All or none. An unknown id is a 400 that names its position, as in `ids.3`. {TICKETS}",
        request=ManyRemovalSerializer,
        responses={200: RemovedSerializer},
        filters=False,
    )
    @action(detail=False, methods=["delete"], url_path="bulk", url_name="bulk")
    def bulk_delete(self, request: Request) -> Response:
        values = read_body(self, ManyRemovalSerializer)
        return Response(
            {"deleted": removal.remove_sessions(values["ids"], signed_in_user(request), values["cancel_tickets"])}
        )

    @extend_schema(summary="Get the seat map of a session", responses=SeatMapSerializer)
    @action(detail=True, methods=["get"])
    def seats(self, request: Request, pk: str) -> Response:
        session = self.get_object()
        rows = seat_map(session, request.user)
        context = self.get_serializer_context()
        plan = {"session": session, "room": _plan_size(session, rows), "seats": rows}
        return Response(SeatMapSerializer(plan, context=context).data)


class SessionsOfFilmView(SessionView):
    """Sessions of a film. A film that the user may not see is 404."""

    def get_queryset(self) -> QuerySet[MovieSession]:
        if getattr(self, "swagger_fake_view", False):  # the OpenAPI document is generated without a film
            return self.queryset
        return super().get_queryset().filter(movie=self._movie())

    def _movie(self) -> Movie:
        return film_of_address(self, visible_films(self.request.user).defer(*DETAIL_ONLY))


@extend_schema_view(get=extend_schema(summary="List the sessions of a film", description=LISTED))
@finished(*SHOWN_KINDS, for_signed_in=False, seconds=SHOWN_SECONDS)
class MovieSessionsView(ListOfSessions, SessionsOfFilmView):
    filterset_class = SessionsOfFilmFilter

    def row_values(self) -> dict[str, Any]:
        return {**super().row_values(), "film": self._movie().pk}

    def kept_rows(self, **values: Parameter) -> QuerySet[MovieSession]:
        return super().kept_rows(**values).filter(movie=values["film"])

    def get(self, request: Request, pk: int) -> Response:
        return self.list(request)

    @extend_schema(
        summary="Schedule a session",
        description=f"The film must be in the catalogue. {WHEN}",
        request=SessionWritingSerializer,
        responses={201: SessionSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        session = scheduling.schedule(self._movie(), **read_body(self, SessionWritingSerializer))
        where = reverse("v1:movie-session-detail", args=[session.pk])
        return Response(self._serialize(session), status=201, headers={"Location": where})


class MovieSessionsBulkView(SessionsOfFilmView):
    @extend_schema(
        operation_id="movies_sessions_bulk",
        summary="Schedule many sessions of a film",
        description=f"An array of 1 to {planning.MAX_AT_ONCE} sessions: all or none. Errors name the position and "
        f"the field, as in `1.starts_at`; sessions of the array can clash with each other too. {WHEN}",
        request=SessionWritingSerializer(many=True),
        responses={201: CreatedSessionsSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        movie, most = self._movie(), planning.MAX_AT_ONCE
        rows = read_list(self, SessionWritingSerializer(), most)
        created = [session.pk for session in scheduling.schedule_many([{"movie": movie, **row} for row in rows])]
        shown = self.get_queryset().in_bulk(created)
        items = SessionSerializer([shown[pk] for pk in created if pk in shown], many=True).data
        meta = one_page_meta(len(items), most)
        return Response({"items": items, "meta": meta}, status=201)


@finished(*SHOWN_KINDS, for_signed_in=False, seconds=SHOWN_SECONDS)
class MovieSessionOfFilmView(SessionsOfFilmView):
    @extend_schema(summary="Get a session of a film")
    def get(self, request: Request, pk: int, sid: int) -> Response:
        session = get_object_or_404(self.get_queryset(), pk=sid)
        note_shown(request, session)
        return Response(self.get_serializer(session).data)


def _plan_size(session: MovieSession, seats: list[SeatOnMap]) -> dict[str, Any]:
    room = session.room
    return {
        "id": room.pk,
        "number": room.number,
        "name": room.name,
        "lines": max((seat.line for seat in seats), default=-1) + 1,
        "columns": max((seat.column for seat in seats), default=-1) + 1,
    }
