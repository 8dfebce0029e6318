"""Customers who buy and hold seats."""

from datetime import UTC, datetime, timedelta
from typing import Any

from attack.visitors.customer import Customer, succeed


def sessions_with_seats(visitor: Customer, seats: int) -> list[int]:
    """Return the ids of sessions from tomorrow on in which so many seats are free."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00Z")
    found: list[int] = []
    for page in (1, 2):
        path = f"/movie-sessions?from={tomorrow}&limit=100&page={page}"
        found += [one["id"] for one in succeed(visitor.api("GET", path))["items"] if one["seats_free"] >= seats]
    return found


def hold(customer: Customer, session: int, quantity: int) -> int:
    """Hold seats and return the id of the purchase that they may become. Raises Refused."""
    held = succeed(customer.api("POST", "/holds", {"session_id": session, "quantity": quantity}))
    return int(held["id"])


def confirm(customer: Customer, purchase: int) -> list[dict[str, Any]]:
    """Buy the held seats and return the tickets. Raises Refused."""
    bought: list[dict[str, Any]] = succeed(customer.api("POST", f"/holds/{purchase}/confirm", {}))["items"]
    for ticket in bought:
        customer.site.keep_secret("the code of a ticket", ticket["code"])
    return bought
