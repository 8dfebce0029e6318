"""Notifications, and the way out of their mails."""

from typing import Any

from accounts.notifications.unsubscribe_links import unsubscribe_url
from tests.permission_table.rows import Row, everyone, own, page, signed_in


def told(cast: Any) -> dict[str, Any]:
    return {"pk": cast.told.pk}


def way_out(cast: Any) -> dict[str, Any]:
    """The signature is the authority, for every caller."""
    return {"token": unsubscribe_url(cast.customer).rstrip("/").rpartition("/")[2]}


NOTIFICATIONS = [
    Row("GET", "/api/v1/notifications", signed_in(200)),
    Row("POST", "/api/v1/notifications/read-all", signed_in(200)),
    Row("GET", "/api/v1/notifications/<pk>", own(200), arguments=told),
    Row("PATCH", "/api/v1/notifications/<pk>", own(200), arguments=told, body=lambda cast: {"read": True}),
    *page("/notifications/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/notifications/read-all/", signed_in(405, "sign-in"), signed_in(302, "sign-in")),
    *page("/notifications/<pk>/", own(302, "sign-in"), signed_in(405, "sign-in"), "", told),
    *page("/notifications/<pk>/read/", signed_in(405, "sign-in"), own(302, "sign-in"), "", told),
    *page("/notifications/unsubscribe/<token>/", everyone(200), everyone(200), "", way_out),
    *page(
        "/notifications/unsubscribe/<token>/",
        everyone(404),
        everyone(404),
        "wrong",
        lambda cast: {"token": "1:x"},
    ),
]
