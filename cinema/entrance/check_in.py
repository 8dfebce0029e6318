"""Check-in at the entrance: a ticket is used once, and every scan is kept, refusals included."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from cinema.box_office import rules
from cinema.core import local_time, locks, ticket_codes
from cinema.entrance import refusals
from cinema.models import Scan, Ticket
from cinema.queries import tickets
from common.database.constraints import violated_name
from common.errors import Code, Conflict, Mismatch, NotFound
from movies.library import history

CODE_LENGTH = 64
DOOR_LENGTH = 80
# How old a scan may be that waited for the network: before its session begins or, where no ticket has its code, before
# now. Beyond that the clock of the device is wrong.
BEFORE_THE_SESSION = timedelta(days=1)
LONGEST_QUEUE = timedelta(days=30)


class UnknownCode(NotFound):
    """404: no ticket has the code, or only a seat that is held and not bought."""

    default_message = "There is no ticket with this code."
    layout_message = (
        f"{default_message} If a scanner typed it, its keyboard layout is wrong: set it to that of this device."
    )


@dataclass(frozen=True)
class Admission:
    ticket: Ticket
    scan: Scan
    first: bool
    """Whether this call admitted. If not, the scan is a repetition, and this is its first answer again."""

    @property
    def admitted_at(self) -> datetime:
        return self.scan.scanned_at

    @property
    def age(self) -> int | None:
        """The age of the account's holder on the day of the session, in years; the visitor may be another person."""
        holder = self.ticket.user
        if holder is None or holder.date_of_birth is None:
            return None
        return rules.age_on(local_time.to_local(self.ticket.session.starts_at).date(), holder.date_of_birth)


def check_in(
    code: str | Ticket,
    by: User,
    nonce: UUID | None = None,
    scanned_at: datetime | None = None,
    seconds_ago: float | None = None,
    door: str = "",
    session_id: int | None = None,
) -> Admission:
    """Use the ticket, once, and keep the scan.

    A `code` that a scanner with another keyboard layout typed is understood; a Ticket is one that was picked by hand.
    For a scan that was queued at the entrance, `seconds_ago` is its age, or `scanned_at` its time by a clock that is
    right: see `_find_time`. `door` names the entrance or device. With a `session_id` tickets for other sessions are
    refused, without it those for other days. Refusals are kept as rows and raised after their commit, so call this
    outside of a transaction: UnknownCode, or Conflict (wrong_session, ticket_cancelled, already_used, session_started,
    conflict before check-in opens). The same `nonce` from the same person is the same scan, sent again: it gets the
    first answer, whatever has happened since, or Mismatch with another code. Raises ValidationError by field for a
    code or door that no scan can have.
    """
    now = timezone.now()
    if seconds_ago is not None:
        scanned_at = now - timedelta(seconds=min(seconds_ago, now.timestamp()))
    attempt = Scan(code=_clean_code(code), by=by, nonce=nonce, door=_clean_door(door))
    attempt.scanned_at, attempt.received_at = scanned_at or now, now
    try:
        scan = _decide(attempt, session_id, is_picked=isinstance(code, Ticket))
    except IntegrityError as error:
        # Another request with this nonce, about another ticket or none, committed first; no ticket's lock separated
        # the two.
        if violated_name(error) != "scan_nonce_once" or (earlier := _find_same_scan(attempt)) is None:
            raise
        scan = earlier
    if scan.ticket is None:
        raise UnknownCode(scan.message)
    if scan.outcome != Scan.Outcome.ADMITTED:
        raise Conflict(scan.reason, scan.message, details=scan.details)
    return Admission(scan.ticket, scan, first=scan is attempt)


@transaction.atomic
def undo(ticket_id: int, by: User) -> Ticket:
    """Undo the check-in, so that the ticket can be used again.

    Raises Http404, and Conflict if the ticket is not used (conflict) or the session is over or cancelled
    (session_started).
    """
    ticket = _lock_ticket(Q(pk=ticket_id))
    if ticket is None:
        raise Http404
    if ticket.used_at is None:
        raise Conflict(Code.CONFLICT, "This ticket has not been used.")
    now = timezone.now()
    if refusal := refusals.not_running(ticket.session, now):
        raise Conflict(refusal.code, refusal.message, details=refusal.details)
    ticket.used_at = ticket.used_by = None
    ticket.save(update_fields=["used_at", "used_by"])
    _delete_viewings(ticket)
    Scan.objects.create(
        ticket=ticket, code=ticket.code, by=by, scanned_at=now, received_at=now, outcome=Scan.Outcome.UNDONE
    )
    return ticket


@transaction.atomic
def _decide(attempt: Scan, session_id: int | None, is_picked: bool) -> Scan:
    """Decide and save `attempt`, or return the scan that it repeats."""
    ticket = _lock_ticket(Q(code__in=ticket_codes.read_code(attempt.code)))
    # Before any rule: a repeated scan gets its first answer.
    if earlier := _find_same_scan(attempt):
        return earlier
    attempt.ticket, attempt.scanned_at = ticket, _find_time(attempt, ticket)
    if ticket is None:
        is_garbled = ticket_codes.is_from_other_layout(attempt.code)
        message = UnknownCode.layout_message if is_garbled else UnknownCode.default_message
        refusal: refusals.Refusal | None = refusals.Refusal(Code.NOT_FOUND, message, {})
    else:
        refusal = (
            refusals.wrong_session(ticket, session_id)
            or refusals.not_valid(ticket, attempt.scanned_at)
            or refusals.another_day(ticket, attempt.received_at, session_id, is_picked)
        )
    if refusal:
        attempt.outcome, attempt.reason = Scan.Outcome.REFUSED, refusal.code
        attempt.message, attempt.details = refusal.message, dict(refusal.details)
    elif ticket:
        _admit(attempt, ticket)
    attempt.save(force_insert=True)
    return attempt


def _lock_ticket(which: Q) -> Ticket | None:
    """Lock the bought ticket, its session (shared) and its holder's account. A hold is no ticket yet: None."""
    bought = tickets.bought_tickets().filter(which)
    found = bought.only("session_id", "user_id").first()
    if found is None:
        return None
    locks.lock_session_shared(found.session_id)
    if found.user_id:
        # Two tickets of one person share a viewing, so they are decided one after the other.
        with suppress(Http404):
            locks.lock_user(User(pk=found.user_id))
    if bought.select_for_update(no_key=True).filter(pk=found.pk).first() is None:
        return None
    # In a statement of its own: one that waited for the lock has joined rows from before the wait.
    return bought.select_related("session__movie", "session__room", "seat", "user", "used_by", "purchase").get(
        pk=found.pk
    )


def _find_same_scan(attempt: Scan) -> Scan | None:
    """Return the earlier scan with this nonce. Raises Mismatch if it was one of another code."""
    if attempt.nonce is None:
        return None
    related = Scan.objects.select_related("ticket__session__movie", "ticket__session__room", "ticket__seat")
    earlier = (
        related.select_related("ticket__user", "ticket__purchase", "by")
        .filter(by=attempt.by, nonce=attempt.nonce)
        .first()
    )
    if earlier and ticket_codes.parse_code(earlier.code) != ticket_codes.parse_code(attempt.code):
        raise Mismatch("This nonce was used with another code. A new scan needs a new nonce.")
    return earlier


def _admit(scan: Scan, ticket: Ticket) -> None:
    scan.outcome = Scan.Outcome.ADMITTED
    ticket.used_at, ticket.used_by = scan.scanned_at, scan.by
    ticket.save(update_fields=["used_at", "used_by"])
    if ticket.user:
        session = ticket.session
        by_hand = history.record_attendance(ticket.user, session.movie, session.starts_at)
        # `undo` needs these, even if the session is moved before it.
        scan.details = {"watched_at": session.starts_at.isoformat(), "by_hand": by_hand}


def _delete_viewings(ticket: Ticket) -> None:
    """Delete the viewings that check-in wrote, unless another used ticket of the holder is for that film and time.

    It may be for the same session, or for another one that shows the film at the same time.
    """
    theirs = Ticket.objects.filter(session=ticket.session, user=ticket.user)
    if ticket.user is None or theirs.filter(used_at__isnull=False).exists():
        return
    admitted = Scan.objects.filter(outcome=Scan.Outcome.ADMITTED, details__has_key="watched_at")
    elsewhere = Ticket.objects.filter(
        user=ticket.user, session__movie=ticket.session.movie_id, used_at__isnull=False
    ).exclude(session=ticket.session)
    seen_elsewhere = set(admitted.filter(ticket__in=elsewhere).values_list("details__watched_at", flat=True))
    viewings: dict[str, bool] = {}
    for details in admitted.filter(ticket__in=theirs).values_list("details", flat=True):
        if details["watched_at"] in seen_elsewhere:
            continue
        viewings[details["watched_at"]] = viewings.get(details["watched_at"], False) or details["by_hand"]
    for watched_at, by_hand in viewings.items():
        history.undo_attendance(ticket.user, ticket.session.movie, datetime.fromisoformat(watched_at), by_hand)


def _find_time(attempt: Scan, ticket: Ticket | None) -> datetime:
    """Return when the scan was made: when it was received, unless the device names a time that is possible.

    A time to come is not, so no device opens check-in early. A false age makes a scan older, which no refusal but the
    end of the session depends on.
    """
    earliest = attempt.received_at - LONGEST_QUEUE
    if ticket:
        earliest = min(ticket.session.starts_at, attempt.received_at) - BEFORE_THE_SESSION
    is_possible = earliest <= attempt.scanned_at <= attempt.received_at
    return attempt.scanned_at if is_possible else attempt.received_at


def _clean_code(code: str | Ticket) -> str:
    """Return the code as it was scanned or typed; ticket_codes.parse_code reads it."""
    text = code.code if isinstance(code, Ticket) else code.strip()
    if not 0 < len(text) <= CODE_LENGTH or "\0" in text:
        raise ValidationError({"code": f"A code has 1 to {CODE_LENGTH} characters."})
    return text


def _clean_door(door: str) -> str:
    text = " ".join(door.split())
    if len(text) > DOOR_LENGTH or not text.isprintable():
        raise ValidationError({"door": f"Use at most {DOOR_LENGTH} characters for the entrance."})
    return text
