"""Health endpoints for monitors: public, never cached, without authentication."""

import os
import sys
import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

from django.conf import settings
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.health import parts

STARTED = time.monotonic()
KNOWN = (
    "Parts are asked in the background, at most every five seconds, however many monitors there are; a part that does "
    "not answer within five seconds is down."
)


class PartState(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["up", "down"])
    latency_ms = serializers.FloatField()
    error = serializers.CharField(required=False)


class Health(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["ok", "degraded", "down"])
    version = serializers.CharField()
    uptime_seconds = serializers.IntegerField()
    memory_bytes = serializers.IntegerField()
    checks = serializers.DictField(child=PartState())
    upstream = serializers.DictField(child=PartState())


Live = inline_serializer("Live", {"status": serializers.ChoiceField(["up"])})


class Unkept(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()  # a monitor must get an answer where all others are throttled

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, "Cache-Control": "no-store"}


class HealthView(Unkept):
    @extend_schema(
        summary="Every part of the site",
        description="503 and `down` only when the site cannot sell: without its database. Without its cache, store or "
        f"worker it is `degraded`, with 200. {KNOWN}",
        responses={200: Health, 503: Health},
    )
    def get(self, request: Request) -> Response:
        checks = parts.states(upstream=False)
        body = {
            "status": parts.overall(checks),
            "version": settings.MARQUEE_VERSION,
            "uptime_seconds": int(time.monotonic() - STARTED),
            "memory_bytes": memory_bytes(),
            "checks": checks,
            "upstream": parts.states(upstream=True),
        }
        return Response(body, status=503 if body["status"] == "down" else 200)


class LiveView(Unkept):
    @extend_schema(
        summary="The process answers",
        description="Of the process alone: it answers whatever the rest of the site waits for.",
        responses=Live,
    )
    def get(self, request: Request) -> Response:
        return Response({"status": "up"})


class PartView(Unkept):
    """The health of one part, named by the route."""

    part = ""

    @extend_schema(
        summary="One part of the site",
        description=f"503 when this part is down. {KNOWN}",
        responses={200: PartState, 503: PartState},
    )
    def get(self, request: Request) -> Response:
        state = parts.part(self.part).state()
        return Response(state, status=200 if state["status"] == "up" else 503)


def memory_bytes() -> int:
    """Return the memory of this process in bytes; where the system does not tell, the most it ever had."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    peak = getrusage(RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


urlpatterns: list[URLPattern] = [
    path("health", HealthView.as_view(), name="health"),
    path("health/live", LiveView.as_view(), name="health-live"),
    *(
        path(f"health/{part}", PartView.as_view(part=part), name=f"health-{part}")
        for part in ("database", "redis", "storage", "worker")
    ),
]
