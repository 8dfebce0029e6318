"""Tickets on paper, in calendars and as QR codes."""

from typing import Any

from tests.permission_table.rows import Row, everyone, own, page, signed_in


def a_code(cast: Any) -> dict[str, Any]:
    return {"code": cast.ticket.code}


def a_ticket(cast: Any) -> dict[str, Any]:
    return {"pk": cast.ticket.pk}


def a_purchase(cast: Any) -> dict[str, Any]:
    return {"pk": cast.ticket.purchase_id}


DOCUMENTS = [
    Row("GET", "/api/v1/tickets/<pk>/qr", own(200), arguments=a_ticket),
    Row("GET", "/api/v1/tickets/<pk>/calendar", own(200), arguments=a_ticket),
    Row("GET", "/api/v1/calendar", signed_in(200)),
    Row("POST", "/api/v1/calendar", signed_in(201)),
    Row("DELETE", "/api/v1/calendar", signed_in(204)),
    Row("GET", "/api/v1/calendar/<token>.ics", everyone(200), arguments=lambda cast: {"token": cast.feed}),
    Row("GET", "/api/v1/calendar/<token>.ics", everyone(404), "guessed", lambda cast: {"token": "1-" + "0" * 64}),
    *page("/tickets/<code>/print/", own(200, "sign-in"), signed_in(405, "sign-in"), "", a_code),
    *page("/tickets/<code>/calendar.ics", own(200, "sign-in"), signed_in(405, "sign-in"), "", a_code),
    *page("/purchases/<pk>/tickets.pdf", own(200, "sign-in"), signed_in(405, "sign-in"), "", a_purchase),
    *page("/account/calendar/", signed_in(200, "sign-in"), signed_in(302, "sign-in")),
]
