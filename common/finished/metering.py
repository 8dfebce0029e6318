"""The limit of requests for people whose answers are finished: the same as in Django, counted in batches."""

from types import SimpleNamespace
from typing import Any, cast

from common.finished.entries import Header
from common.finished.people import Person
from common.limits.batches import Batches, Client
from common.limits.charging import is_own
from common.limits.costs import DEFAULT, limits_of
from common.limits.requests import describe_policies, describe_room


class Meter:
    """Only the event loop uses it."""

    def __init__(self, batches: Batches | None = None) -> None:
        self._batches = batches or Batches()

    async def take(self, person: Person, scope: dict[str, Any]) -> list[Header] | None:
        """Count a request of the API; return the headers that report it, or None if Django has to refuse it."""
        address = (scope.get("client") or ("",))[0]
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        who = (person.pk, address, forwarded)
        client = self._batches.find(who) or self._begin(who, person.pk, address, forwarded.decode("latin-1"))
        if not await self._batches.take(client):
            return None
        own = [standing for each, standing in zip(client.limits, client.standings, strict=False) if is_own(each)]
        if not own:
            return []
        return [
            (b"ratelimit-policy", describe_policies(own).encode()),
            (b"ratelimit", describe_room(own, client.pending).encode()),
        ]

    def _begin(self, who: object, pk: int, address: str, forwarded: str) -> Client:
        request = SimpleNamespace(META={"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": forwarded})
        user = SimpleNamespace(pk=pk, is_authenticated=True)
        return self._batches.begin(who, limits_of(cast("Any", request), user, DEFAULT, api=True))
