"""API of whole days of the programme, for managers."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsManager
from cinema.api.moments import DayFormField
from cinema.api.serializers.days import CopiesSerializer, CopyRequestSerializer, TimelineSerializer
from cinema.core.local_time import day_bounds, today
from cinema.programme import copying
from cinema.programme.copying import Outcome
from cinema.queries.days import timeline
from common.api.pagination import one_page_meta
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body


class TimelineView(KnownParametersOnly, generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated, IsManager)
    serializer_class = TimelineSerializer
    pagination_class = None
    extra_parameters = ("date",)

    @extend_schema(
        summary="Timeline of the rooms on one day",
        description="Every room with its sessions on that day, drafts and sessions that began the day before included; "
        "with the number of tickets, and the times when the room is free.",
        parameters=[
            OpenApiParameter("date", OpenApiTypes.DATE, description="In the cinema's time zone; today by default.")
        ],
        responses=TimelineSerializer,
    )
    def get(self, request: Request) -> Response:
        try:
            day = DayFormField(input_formats=["%Y-%m-%d"], required=False).clean(request.query_params.get("date"))
        except ValidationError as error:
            raise ValidationError({"date": error.messages}) from error
        day = day or today()
        begin, end = day_bounds(day)
        answer = {"date": day, "starts_at": begin, "ends_at": end, "rooms": timeline(day)}
        return Response(self.get_serializer(answer).data)


class CopySessionsView(KnownParametersOnly, generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated, IsManager)
    serializer_class = CopyRequestSerializer

    @extend_schema(
        summary="Copy a day or a week of the programme",
        description="Copies every session that begins on these days, drafts included, to the same room and local time: "
        "20:15 stays 20:15 when the clocks change. A copy is published if its original is. 409 if a session cannot be "
        "copied; `errors` names each, as in `sessions.17`, with the reason. With `skip_clashes` the others are copied. "
        "A dry run reports what would be copied.",
        request=CopyRequestSerializer,
        responses={200: CopiesSerializer, 201: CopiesSerializer},
    )
    def post(self, request: Request) -> Response:
        options = read_body(self)
        outcomes = copying.copy_programme(**options)
        total = len(outcomes)
        copied = sum(each.outcome is Outcome.COPIED for each in outcomes)
        meta = one_page_meta(total, total)
        answer = {"dry_run": options["dry_run"], "copied": copied, "items": outcomes, "meta": meta}
        return Response(CopiesSerializer(answer).data, status=201 if copied and not options["dry_run"] else 200)
