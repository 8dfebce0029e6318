"""API of the rooms."""

from typing import Any

from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cinema.api.permissions import ManagersWrite
from cinema.api.serializers.rooms import (
    SIGNS,
    PlanFields,
    PlanPreviewSerializer,
    RoomSerializer,
    RoomWritingSerializer,
    describe_plan,
)
from cinema.models import Room
from cinema.queries.rooms import with_plans
from cinema.rooms import editing, plans
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body
from common.finished.declarations import finished

PLAN = (
    f"Send a `plan`, or `rows` and `seats_per_row`. {SIGNS} Rows are lettered from the screen (A, B, ... Z, AA), "
    "skipping lines without seats; seats are numbered from the left, skipping gaps. At most 60 lines of 60 places, and "
    "2,000 seats."
)
CONFLICTS = (
    "A chair is its place in the plan. 409 `seats_lost` if one that is sold, held or offered for a session that is not "
    "over would be removed, get another name, or change its kind: `errors` names the sessions and what would become of "
    "its seats, `details` the seats. New seats are offered to the people on the waiting lists. 409 `room_taken` if "
    "sessions would be too close together for the new turnaround."
)


@extend_schema_view(
    list=extend_schema(summary="List the rooms", description="In the order of their numbers."),
    retrieve=extend_schema(summary="Get a room with its plan"),
)
@finished("programme", actions=["list", "retrieve"])
class RoomViewSet(KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Room]):
    queryset = Room.objects.all()
    serializer_class = RoomSerializer
    permission_classes = (ManagersWrite,)
    lookup_value_regex = r"\d+"
    orderings = {"number": F("number")}
    default_ordering = "number"

    def get_queryset(self) -> QuerySet[Room]:
        return with_plans(super().get_queryset())

    @extend_schema(
        summary="Add a room",
        description=f"409 `duplicate` if the number is in use. {PLAN}",
        request=RoomWritingSerializer,
        responses={201: RoomSerializer},
    )
    def create(self, request: Request) -> Response:
        room = editing.create_room(**read_body(self, RoomWritingSerializer))
        where = reverse("v1:room-detail", args=[room.pk])
        return Response(self._serialize(room.pk), status=201, headers={"Location": where})

    @extend_schema(
        summary="Change a room or its plan",
        description="Fields that are not sent stay as they are. Everyone who has tickets or held seats for sessions "
        f"there, or waits for some, is notified of a new number or name. {CONFLICTS} {PLAN}",
        request=RoomWritingSerializer,
        responses=RoomSerializer,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        room = get_object_or_404(Room, pk=pk)
        editing.change_room(room.pk, read_body(self, RoomWritingSerializer, partial=True))
        return Response(self._serialize(room.pk))

    @extend_schema(
        summary="Delete a room",
        description="409 `has_tickets` or `conflict` if a session was ever scheduled in it.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        editing.delete_room(get_object_or_404(Room, pk=pk).pk)
        return Response(status=204)

    @extend_schema(
        summary="Preview a plan",
        description=f"Returns the seats of a plan, or its mistakes line by line. Nothing is stored. {PLAN}",
        request=PlanFields,
        responses=PlanPreviewSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        places = plans.parse(read_body(self, PlanFields)["plan"])
        return Response(PlanPreviewSerializer({**describe_plan(places), "seats": places}).data)

    def _serialize(self, pk: int) -> Any:
        return self.get_serializer(get_object_or_404(self.get_queryset(), pk=pk)).data
