"""Counting of requests and refusals against their limits. Without Redis nothing is limited, and health reports it."""

from typing import Any

import structlog
from redis import RedisError

from common.client_ip import Asked
from common.limits import counting
from common.limits.costs import DEFAULT, FREE, find_cost, limits_of, limits_of_refusals
from common.limits.counting import Limit, Standing
from common.limits.requests import STANDINGS

log = structlog.get_logger(__name__)

REFUSALS = frozenset({401, 403, 404})
# In the environ of a request that the front has counted itself, or whose refusal is the answer to no person. A client's
# headers cannot reach these names.
COUNTED, UNSEEN = "marquee.counted", "marquee.unseen"


def charge_request(request: Asked, user: Any, view: Any, *, api: bool) -> Standing | None:
    """Count the request to `view`. Return the limit that refuses it; None if it may go on."""
    cost = find_cost(view, request)
    if cost == FREE or (cost == DEFAULT and request.META.get(COUNTED)):
        return None
    wanted = limits_of(request, user, cost, api=api)
    standings = _count(wanted)
    if api:
        shown = [standing for each, standing in zip(wanted, standings, strict=False) if is_own(each)]
        request.META.setdefault(STANDINGS, []).extend(shown)
    return _find_refusing(standings)


def charge_refusal(request: Asked, user: Any) -> Standing | None:
    """Count an answer that refuses something. Return the limit of refusals if it is used up."""
    return None if request.META.get(UNSEEN) else _find_refusing(_count(limits_of_refusals(request, user)))


def _count(wanted: list[Limit]) -> list[Standing]:
    try:
        return counting.count_events_if_possible(wanted)
    except RedisError:
        return []


def is_own(limit: Limit) -> bool:
    """Return whether the limit is that of this client alone, and of requests."""
    return limit.is_counted and limit.factor == 1


def _find_refusing(standings: list[Standing]) -> Standing | None:
    used_up = [standing for standing in standings if not standing.allowed]
    refusing = max(used_up, key=lambda standing: standing.reset, default=None)
    if refusing:
        log.warning("request_throttled", limit=refusing.name)
    return refusing
