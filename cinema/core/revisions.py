"""Revisions of sessions, by which calendars tell the newer of two versions of an entry."""

from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from cinema.models import MovieSession


def revise(sessions: QuerySet[MovieSession], **changes: Any) -> int:
    """Write `changes` to the sessions with a higher revision and the time of the change; return how many there are.

    For whatever changes what tickets say of a session: its room's name, its cancellation. Needs the exclusive locks on
    the sessions.
    """
    return sessions.update(revision=F("revision") + 1, changed_at=timezone.now(), **changes)
