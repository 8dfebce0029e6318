"""The line of a session that is sold out: joining it, leaving it, and moving it on. Both doors come here.

Each act has the session for itself, so that nobody joins while a seat is just becoming free, unseen.
"""

import structlog
from django.db import OperationalError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from cinema.box_office import offers, rules
from cinema.box_office.seat_selection import FreeSeats, wish
from cinema.core.locks import lock_session, lock_user
from cinema.models import MovieSession, Waiting
from cinema.queries import sessions, waiting_list
from common.errors import Code, Conflict

log = structlog.get_logger(__name__)


@transaction.atomic
def join(session_id: int, user: User, quantity: int) -> tuple[Waiting, bool]:
    """The open entry, and whether it is new. Only for more seats than are free for this person.

    Again with fewer seats keeps the place in line, with more goes to its end; the same changes nothing. What is bought
    meanwhile counts. The rules are those of a sale: raises what box_office.buy does, without those of keys and seats,
    and Conflict where there are seats left, and for a change while seats are offered.
    """
    wanted = wish(None, quantity).count
    session = lock_session(session_id)
    buyer = lock_user(user)
    rules.check_sale(session, buyer, buyer)
    offers.offer_free_seats(
        session
    )  # an offer of their own that ran out is over, and no seat is free for who comes last
    entry = waiting_list.open_entries().filter(user=buyer, session=session).first()
    if entry and entry.quantity == wanted:
        return entry, False
    rows = rules.own_tickets(session, buyer)
    held = [row for row in rows if row.purchased_at is None]
    offers.check_not_offered(held)
    rules.check_limit(len(rows), wanted)
    refuse_while_free(FreeSeats.now(session, {row.seat_id for row in held}, buyer.pk).number, wanted)
    if entry is None:
        return Waiting.objects.create(user=buyer, session=session, quantity=wanted, joined_at=timezone.now()), True
    if wanted > entry.quantity:
        entry.joined_at = timezone.now()
    entry.quantity = wanted
    entry.save(update_fields=["quantity", "joined_at"])
    return entry, False


def refuse_while_free(free: int, wanted: int) -> None:
    if free >= wanted:
        number = "1 seat is" if free == 1 else f"{free} seats are"
        raise Conflict(Code.CONFLICT, f"There are seats left: {number} free. Choose now.", details={"seats_free": free})


@transaction.atomic
def leave(session_id: int, user: User) -> None:
    """Seats that are offered go on to the next. Raises Http404 for who does not wait there."""
    session = lock_session(session_id)
    entry = get_object_or_404(waiting_list.open_entries(), user=user, session=session)
    outcome = Waiting.Outcome.DECLINED if entry.offer_id else Waiting.Outcome.LEFT
    offers.end_entries(Waiting.objects.filter(pk=entry.pk), outcome)
    offers.offer_free_seats(session)


def sweep() -> int:
    """How many people were offered seats: those of offers that ran out, and what else is free.

    Seats become free without anybody's act, when a hold runs out, and in larger rooms. A session that somebody else
    holds for long has its turn the next time.
    """
    made = 0
    for pk in _sessions_to_sweep():
        try:
            with transaction.atomic():
                made += offers.offer_free_seats(lock_session(pk))
        except Http404:
            log.info("waited_for_session_gone", session=pk)
        except OperationalError as error:
            log.warning("waiting_session_busy", session=pk, error=type(error.__cause__).__name__)
    return made


def _sessions_to_sweep() -> list[int]:
    """Ids of the sessions in which an offer ran out, the sale ended, or somebody waits beside free seats."""
    over = set(waiting_list.lapsed_entries().values_list("session", flat=True))
    waited_for = MovieSession.objects.filter(pk__in=waiting_list.open_entries().values("session"))
    rows = sessions.with_seat_counts(waited_for).order_by("pk")
    return [row.pk for row in rows if row.pk in over or not rules.is_on_sale(row) or row.seats_free > 0]  # type: ignore[attr-defined]
