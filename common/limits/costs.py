"""What a request costs, and the limits that follow from it: the same for pages and API.

A view says its cost with `@costs(...)`; one that says nothing is like any other. A signed-in person is counted by
account, a visitor by address. All signed-in people behind one address have SHARED_BY times what one of them has, so
that a cinema's own network does not stop its customers, and many accounts do not give one attacker more for ever.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from environs import ValidationError

from common.client_ip import Asked, client_block
from common.limits.counting import Limit, is_rate

# Each with a rate in THROTTLE_COSTS; purchases have THROTTLE_PURCHASE.
RATED = ("documents", "pictures", "imports", "exports", "search", "suggest")
COSTLY = (*RATED, "purchase")
DEFAULT, FREE = "default", "free"
SHARED_BY = 10

View = TypeVar("View", bound=Callable[..., Any])


class Cost(NamedTuple):
    """A cost of a view; `when` tells which of its requests have it, the others cost the default."""

    name: str
    when: Callable[[Asked], bool]


def are_costs(rates: dict[str, str]) -> None:
    """Validate the rates by cost of a setting."""
    for name, rate in rates.items():
        if name not in RATED:
            raise ValidationError(f"{name!r} is no cost: use {', '.join(RATED)}.")
        is_rate(rate)


def costs(name: str, *, when: Callable[[Asked], bool] = lambda request: True) -> Callable[[View], View]:
    """Decorate a view, a class of views or a method of the admin with its cost: one of COSTLY, or FREE."""
    if name not in {*COSTLY, FREE}:
        raise ValueError(f"{name!r} is no cost.")

    def mark(view: View) -> View:
        view.cost = Cost(name, when)  # type: ignore[attr-defined]
        return view

    return mark


def writes(request: Asked) -> bool:
    """Return whether the request sends something, for views whose forms are cheap and whose acts are not."""
    return request.method not in {"GET", "HEAD", "OPTIONS"}


def posts(request: Asked) -> bool:
    return request.method == "POST"


def find_cost(view: Any, request: Asked) -> str:
    """Return the cost of the request to this view, which is a function or an instance of a class."""
    cost: Cost | None = getattr(view, "cost", None) or getattr(getattr(view, "cls", None), "cost", None)
    return cost.name if cost and cost.when(request) else DEFAULT


def limits_of(request: Asked, user: Any, cost: str, *, api: bool) -> list[Limit]:
    """Return all limits that must have room for the request; the first is that of all requests."""
    person, address = _identify_client(request, user)
    if api:
        name, rate = ("user", settings.THROTTLE_USER) if person else ("anonymous", settings.THROTTLE_ANON)
    else:
        name, rate = "pages", settings.THROTTLE_PAGES_USER if person else settings.THROTTLE_PAGES_ANON
    found = _per_client(name, rate, person, address)
    if cost != DEFAULT:
        found += _per_client(cost, _rate_of(cost), person, address)
    return found + _refusals(person, address, is_counted=False)


def limits_of_refusals(request: Asked, user: Any) -> list[Limit]:
    """Return the limits of answers that refuse: a client that guesses addresses, codes or tokens collects them."""
    return _refusals(*_identify_client(request, user), is_counted=True)


def _identify_client(request: Asked, user: Any) -> tuple[str, str]:
    """Return the id of the account, empty for a visitor, and the address."""
    person = str(user.pk) if user and user.is_authenticated else ""
    return person, client_block(request) or "unknown"


def _refusals(person: str, address: str, *, is_counted: bool) -> list[Limit]:
    return _per_client("refused", settings.THROTTLE_REFUSED, person, address, is_counted=is_counted)


def _per_client(name: str, rate: str, person: str, address: str, *, is_counted: bool = True) -> list[Limit]:
    """Return the limit of the person and that of all signed-in people at the address; of a visitor, the address's."""
    if not person:
        return [Limit(name, rate, address, is_counted=is_counted)]
    shared = Limit(f"{name}-shared", rate, address, SHARED_BY, is_counted=is_counted)
    return [Limit(name, rate, person, is_counted=is_counted), shared]


def _rate_of(cost: str) -> str:
    rate: str = settings.THROTTLE_PURCHASE if cost == "purchase" else settings.THROTTLE_COSTS[cost]
    return rate
