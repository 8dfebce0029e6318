"""The customers' pages of the cinema: what is on, the seats, purchases and tickets."""

from typing import Any

from tests.permission_table.rows import (
    MANAGERS_ALONE,
    Row,
    Verdict,
    draft,
    everyone,
    own,
    page,
    screening,
    signed_in,
)

TICKET_PAGE = ("sign-in", 200, 404, 200, 200)


def refused_to_others(managers: int) -> tuple[Verdict, ...]:
    return ("sign-in", 403, 403, managers, managers)


AT_THE_DOOR = refused_to_others(200)


def coded(cast: Any) -> dict[str, Any]:
    return {"code": cast.ticket.code}


def bought_before(cast: Any) -> dict[str, Any]:
    return {"pk": cast.ticket.purchase_id}


def being_chosen(cast: Any) -> dict[str, Any]:
    return {"pk": cast.held.purchase_id}


def of_the_door(cast: Any) -> dict[str, Any]:
    return {"pk": cast.used_ticket.session_id, "ticket": cast.used_ticket.pk}


VISIT = [
    *page("/whats-on/", everyone(200), everyone(405)),
    *page("/sessions/<pk>/", everyone(200), signed_in(400, "sign-in"), "", screening),
    *page("/sessions/<pk>/", MANAGERS_ALONE, (404, 404, 404, 400, 400), "a draft", draft),
    Row("POST", "/sessions/<pk>/", signed_in(302, "sign-in"), "a seat", screening, lambda cast: {"seats": "A1"}),
    *page("/sessions/<pk>/birthday/", signed_in(302, "sign-in"), signed_in(302, "sign-in"), "", screening),
    *page("/sessions/<pk>/birthday/", ("sign-in", 404, 404, 302, 302), about="of a draft", arguments=draft),
    *page("/sessions/<pk>/waiting/", signed_in(302, "sign-in"), signed_in(302, "sign-in"), "", screening),
    *page("/sessions/<pk>/waiting/", ("sign-in", 404, 404, 302, 302), about="of a draft", arguments=draft),
    *page("/sessions/<pk>/waiting/leave/", signed_in(302, "sign-in"), signed_in(302, "sign-in"), "", screening),
    *page("/sessions/<pk>/waiting/leave/", ("sign-in", 404, 404, 302, 302), about="of a draft", arguments=draft),
    *page("/purchases/<pk>/", own(200, "sign-in"), signed_in(405, "sign-in"), "", bought_before),
    Row("GET", "/purchases/<pk>/", own(302, "sign-in"), "held only", being_chosen),
    *page("/purchases/<pk>/mail/", signed_in(405, "sign-in"), own(302, "sign-in"), "", bought_before),
    *page("/purchases/<pk>/buy/", own(302, "sign-in"), own(302, "sign-in"), "", being_chosen),
    *page("/purchases/<pk>/release/", own(302, "sign-in"), own(302, "sign-in"), "", being_chosen),
    *page("/tickets/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/tickets/<code>/", TICKET_PAGE, signed_in(405, "sign-in"), "", coded),
    *page("/tickets/<code>/cancel/", TICKET_PAGE, ("sign-in", 302, 404, 302, 302), "", coded),
    *page("/check-in/", AT_THE_DOOR, refused_to_others(405)),
    *page("/check-in/worker.js", everyone(200), everyone(405)),
    *page("/check-in/any/", AT_THE_DOOR, refused_to_others(400)),
    Row("POST", "/check-in/any/", AT_THE_DOOR, "a ticket", body=lambda cast: {"code": cast.ticket.code}),
    *page("/check-in/any/state/", AT_THE_DOOR, refused_to_others(405)),
    *page("/check-in/any/undo/<ticket>/", refused_to_others(405), refused_to_others(302), "", of_the_door),
    *page("/check-in/<pk>/", AT_THE_DOOR, refused_to_others(400), "", screening),
    Row("POST", "/check-in/<pk>/", refused_to_others(409), "of another session", screening, coded),
    *page("/check-in/<pk>/state/", AT_THE_DOOR, refused_to_others(405), "", screening),
    *page("/check-in/<pk>/undo/<ticket>/", refused_to_others(405), refused_to_others(302), "", of_the_door),
]
