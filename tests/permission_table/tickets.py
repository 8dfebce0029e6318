"""Selling, holding, checking in."""

from typing import Any

from tests.permission_table.rows import Row, managers, own, person, signed_in

OWN_OR_MANAGERS = (401, 200, 404, 200, 200)


def ticket(cast: Any) -> dict[str, Any]:
    return {"pk": cast.ticket.pk}


def used(cast: Any) -> dict[str, Any]:
    return {"pk": cast.used_ticket.pk}


def held(cast: Any) -> dict[str, Any]:
    return {"pk": cast.held.purchase_id}


def wished(cast: Any) -> dict[str, Any]:
    return {"session_id": cast.screening.pk, "quantity": 1}


def waited_for(cast: Any) -> dict[str, Any]:
    return {"pk": cast.waiting.session_id}


TICKETS = [
    Row("GET", "/api/v1/tickets", managers(200)),
    Row("POST", "/api/v1/tickets", signed_in(201), body=lambda cast: {"session_id": cast.screening.pk}),
    Row(
        "POST",
        "/api/v1/tickets",
        (401, 201, 403, 201, 201),
        "for the customer",
        body=lambda cast: {"session_id": cast.screening.pk, "user_id": cast.customer.pk},
    ),
    Row(
        "POST",
        "/api/v1/tickets",
        (401, 404, 404, 409, 409),
        "of a draft",
        body=lambda cast: {"session_id": cast.draft_screening.pk},
    ),
    Row("POST", "/api/v1/tickets/bulk", signed_in(201), body=wished),
    Row("GET", "/api/v1/tickets/me", signed_in(200)),
    Row("GET", "/api/v1/tickets/<pk>", OWN_OR_MANAGERS, arguments=ticket),
    Row("GET", "/api/v1/tickets/<pk>", signed_in(404), "held only", lambda cast: {"pk": cast.held.pk}),
    Row("DELETE", "/api/v1/tickets/<pk>", OWN_OR_MANAGERS, arguments=ticket),
    Row("GET", "/api/v1/tickets/<pk>/mail", own(200), arguments=ticket),
    Row("POST", "/api/v1/tickets/<pk>/mail", own(202), arguments=ticket),
    Row("GET", "/api/v1/users/<pk>/tickets", managers(200), arguments=person),
    Row("POST", "/api/v1/tickets/check-in", managers(200), body=lambda cast: {"code": cast.ticket.code}),
    Row("POST", "/api/v1/tickets/<pk>/use", managers(200), arguments=ticket),
    Row("POST", "/api/v1/tickets/<pk>/undo", managers(200), arguments=used),
    Row("GET", "/api/v1/holds", signed_in(200)),
    Row("POST", "/api/v1/holds", signed_in(201), body=wished),
    Row("GET", "/api/v1/holds/<pk>", own(200), arguments=held),
    Row("DELETE", "/api/v1/holds/<pk>", own(204), arguments=held),
    Row("POST", "/api/v1/holds/<pk>/extend", own(200), arguments=held),
    Row("POST", "/api/v1/holds/<pk>/confirm", own(200), arguments=held),
    Row("GET", "/api/v1/waiting", signed_in(200)),
    Row("GET", "/api/v1/movie-sessions/<pk>/waiting", own(200), arguments=waited_for),
    Row("DELETE", "/api/v1/movie-sessions/<pk>/waiting", own(204), arguments=waited_for),
    Row(
        "POST",
        "/api/v1/movie-sessions/<pk>/waiting",
        (401, 200, 201, 201, 201),
        arguments=waited_for,
        body=lambda cast: {"quantity": 1},
    ),
]
