"""Helpers of the tests of the programme in the admin."""

from datetime import UTC, datetime, timedelta

from django.urls import reverse

LIST = "/admin/cinema/moviesession/"
ADD, TIMELINE, SEVERAL, COPY = (f"{LIST}{name}/" for name in ("add", "timeline", "several", "copy"))


def page(session, name="change"):
    return reverse(f"admin:cinema_moviesession_{name}", args=[session.pk])


def at(day, hour, minute=0, month=12):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def form_data(session, **changed):
    """Return what the form of a session shows, in Berlin's winter, with the `changed` fields."""
    start, end = (when + timedelta(hours=1) for when in (session.starts_at, session.ends_at))
    fields = {
        "room": session.room_id, "day": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}", "end": f"{end:%H:%M}",
    }  # fmt: skip
    return fields | ({"published": "on"} if session.published else {}) | changed
