"""The counters of finished answers, of all processes together, as monitors read them."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from redis import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.views import APIView

from common.errors import Unavailable
from common.finished.shelf import COUNTS
from common.finished.trace import AGE, OUTCOMES
from common.services import redis_clients

KIND = "text/plain; version=0.0.4; charset=utf-8"


class Monitor(AnonymousUser):
    """A program that may read the counters, and is limited by its address as a visitor is."""

    is_staff = True  # type: ignore[assignment]


class MonitorAuthentication(BaseAuthentication):
    """Authentication by `Authorization: Bearer <METRICS_TOKEN>`, which is no person's; other tokens are left alone."""

    def authenticate(self, request: Request) -> tuple[Monitor, None] | None:
        given = request.META.get("HTTP_AUTHORIZATION", "")
        is_right = constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
        return (Monitor(), None) if settings.METRICS_TOKEN and is_right else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MonitorScheme(OpenApiAuthenticationExtension):
    target_class = MonitorAuthentication
    name = "metricsToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "METRICS_TOKEN of the site's settings."}


class MetricsView(APIView):
    authentication_classes = (MonitorAuthentication, *APIView.authentication_classes)
    permission_classes = (IsAdminUser,)

    @extend_schema(
        summary="Counters of finished answers",
        description="For managers and for monitors with `METRICS_TOKEN`, in the text format of Prometheus: "
        + "; ".join(f"`{name}`: {meaning}" for name, meaning in OUTCOMES.items())
        + ". They begin anew when the cache loses them.",
        responses={(200, "text/plain"): str},
    )
    def get(self, request: Request) -> HttpResponse:
        try:
            found = redis_clients.client(settings.REDIS_URL).hgetall(COUNTS)
        except RedisError as error:
            raise Unavailable("The cache does not answer.") from error
        counts = {name: int(found.get(name.encode(), 0)) for name in (*OUTCOMES, AGE)}
        return HttpResponse(write_metrics(counts), content_type=KIND)


def write_metrics(counts: dict[str, int]) -> str:
    """Return the counters, each with all its values, in the text format of Prometheus."""
    name = "marquee_finished_answers_total"
    lines = [f"# HELP {name} Answers for everybody.", f"# TYPE {name} counter"]
    lines += [f'{name}{{outcome="{outcome}"}} {counts.get(outcome, 0)}' for outcome in OUTCOMES]
    name = f"marquee_finished_{AGE}_total"
    lines += [f"# HELP {name} Ages of all hits together.", f"# TYPE {name} counter", f"{name} {counts.get(AGE, 0)}"]
    return "\n".join(lines) + "\n"
