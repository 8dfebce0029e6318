"""The waiting list of the sold-out session: a visitor, and after them the demo's customer."""

from contextlib import suppress

from accounts.models import User
from accounts.people.demo import VISITORS
from cinema.box_office import waiting_list
from cinema.demo import audience
from cinema.models import MovieSession
from common.errors import Conflict

SEATS = 2


def load(sessions: list[MovieSession]) -> int:
    """Add two entries to the waiting list, and return how many. None is added while seats are free."""
    added = 0
    for session in audience.sold_out_sessions(sessions):
        without = User.objects.exclude(tickets__session=session)
        visitor = without.filter(username__in=VISITORS).order_by("username").first()
        for user in (visitor, without.filter(username="customer").first()):
            if user:
                with suppress(Conflict):
                    waiting_list.join(session.pk, user, SEATS)
                    added += 1
    return added
