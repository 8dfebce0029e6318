"""Who waits for a seat in the evening that is sold out: a visitor, and behind them the demo's customer."""

from contextlib import suppress

from accounts.models import User
from accounts.people.demo import VISITORS
from cinema.box_office import waiting_list
from cinema.demo import audience
from cinema.models import MovieSession
from common.errors import Conflict

SEATS = 2


def load(sessions: list[MovieSession]) -> int:
    """Returns how many wait. Nobody does where there are seats left after all."""
    waiting_now = 0
    for session in audience.sold_out(sessions):
        without = User.objects.exclude(tickets__session=session)
        visitor = without.filter(username__in=VISITORS).order_by("username").first()
        for user in (visitor, without.filter(username="customer").first()):
            if user:
                with suppress(Conflict):
                    waiting_list.join(session.pk, user, SEATS)
                    waiting_now += 1
    return waiting_now
