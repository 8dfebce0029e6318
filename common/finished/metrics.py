"""The counters of finished answers, of all processes together, as monitors read them."""

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from redis import RedisError
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.views import APIView

from common.errors import Unavailable
from common.finished.shelf import COUNTS
from common.finished.trace import AGE, OUTCOMES
from common.services import redis_clients

KIND = "text/plain; version=0.0.4; charset=utf-8"


class MetricsView(APIView):
    permission_classes = (IsAdminUser,)

    @extend_schema(
        summary="Counters of finished answers",
        description="For managers, in the text format of Prometheus: "
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
