"""Limits against hoarding: seats that are held for ever, or taken through many accounts that cost nothing.

Each hold and purchase of a customer leaves a Claim for a day, with a keyed hash of the client's address. A household,
an office or a school shares an address, so the limit of an address is generous. Accounts without a confirmed email
cost nothing to make, so they have a small limit each, and count together at their address.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.queries import is_confirmed
from cinema.core.locks import lock_address
from cinema.models import Claim, MovieSession
from common.database.kept import Parameter
from common.errors import Code, Conflict, NotAllowed

SEATS_WINDOW = timedelta(days=1)
TIME_WINDOW = timedelta(hours=1)
SHORTEST_HOLD = timedelta(minutes=1)
# So many accounts without a confirmed email may use up their limit through one address.
UNCONFIRMED_ACCOUNTS = 5
CONFIRM = "Confirm your email on your account page, then choose again."


@dataclass(frozen=True)
class Claims:
    """The claims of a session that count for one customer, those of others through the same address included."""

    session: MovieSession
    user: User
    address_hash: str
    is_confirmed: bool
    rows: list[Claim]

    def check_seats(self, seats: int) -> None:
        """Check that the customer may have so many `seats`, held and bought together. Managers may have any number.

        Raise NotAllowed (email_unconfirmed) and Conflict (address_limit).
        """
        if self.user.is_staff:
            return
        if not self.is_confirmed:
            most = settings.UNCONFIRMED_TICKETS
            if seats > most:
                raise NotAllowed(Code.EMAIL_UNCONFIRMED, f"{_describe_unconfirmed_limit(most)} {CONFIRM}")
            unconfirmed = [row for row in self.rows if not row.is_confirmed]
            if self._count_seats_of_others(unconfirmed) + seats > most * UNCONFIRMED_ACCOUNTS:
                message = "Accounts without a confirmed email have taken many seats for this session from your network."
                raise NotAllowed(Code.EMAIL_UNCONFIRMED, f"{message} {CONFIRM}")
        limit = settings.SEATS_PER_ADDRESS
        if limit and self._count_seats_of_others(self.rows) + seats > limit:
            message = f"At most {limit} seats for a session are sold online to one network in a day."
            raise Conflict(Code.ADDRESS_LIMIT, f"{message} Ask us at the box office.", details={"limit": limit})

    def check_time(self) -> None:
        """Check that the customer may begin to hold seats. Raise Conflict (hold_limit), NotAllowed (email_unconfirmed).

        The time of all holds counts, so that releasing seats and holding them again does not renew it.
        """
        if self.find_last_moment() - timezone.now() >= SHORTEST_HOLD:
            return
        if any(row.user_id != self.user.pk for row in self._rows_in_time()):
            message = "Accounts without a confirmed email have held seats for this session from your network for long."
            raise NotAllowed(Code.EMAIL_UNCONFIRMED, f"{message} {CONFIRM}")
        minutes = settings.HOLD_MINUTES_PER_HOUR
        raise Conflict(
            Code.HOLD_LIMIT, f"You have held seats for this session for {minutes} minutes. Try again in an hour."
        )

    def find_last_moment(self) -> datetime:
        """Return until when the customer may hold seats. Current holds of others count up to their planned end."""
        now = timezone.now()
        if self.user.is_staff:
            return now + TIME_WINDOW
        spent = [
            (now if _is_current_hold(row, self.user, now) else row.ended_at) - max(row.started_at, now - TIME_WINDOW)
            for row in self._rows_in_time()
        ]
        return now + timedelta(minutes=settings.HOLD_MINUTES_PER_HOUR) - sum(spent, timedelta())

    def record(self, seats: int, held_until: datetime | None = None) -> None:
        """Keep that the customer has so many `seats` now. A hold in place of another continues its claim."""
        now = timezone.now()
        current = next((row for row in self.rows if held_until and _is_current_hold(row, self.user, now)), None)
        claim = current or Claim(session=self.session, user=self.user, started_at=now)
        claim.address_hash = self.address_hash or claim.address_hash
        claim.is_confirmed, claim.ended_at = self.is_confirmed, held_until or now
        claim.seats = max(seats, claim.seats or 0)
        claim.save()

    def _rows_in_time(self) -> list[Claim]:
        """Return the claims whose time counts: the customer's, and where the email is unconfirmed such others'."""
        begin = timezone.now() - TIME_WINDOW
        own = self.user.pk
        return [
            row
            for row in self.rows
            if row.ended_at > begin and (row.user_id == own or not (self.is_confirmed or row.is_confirmed))
        ]

    def _count_seats_of_others(self, rows: Iterable[Claim]) -> int:
        """Return the most seats that each other account had through the address, added up."""
        most: dict[int, int] = {}
        for row in rows:
            if self.address_hash and row.address_hash == self.address_hash and row.user_id != self.user.pk:
                account = row.user_id or -row.pk
                most[account] = max(row.seats, most.get(account, 0))
        return sum(most.values())


def most_seats(user: User, is_confirmed: bool) -> int:
    """Return how many seats of a session the customer, whose email `is_confirmed` or not, may hold and buy in all."""
    most: int = settings.TICKETS_PER_CUSTOMER
    return most if user.is_staff or is_confirmed else min(most, settings.UNCONFIRMED_TICKETS)


def lock_client(session: MovieSession, address: str) -> str:
    """Lock the client's `address` in the session, and return its hash. An empty one is unknown: "".

    `address` is common.client_ip.client_block. Needs the locks on session and user, before seats (cinema.core.locks).
    """
    address_hash = _hash_address(address)
    if address_hash:
        lock_address(session.pk, address_hash)
    return address_hash


def load_claims(session: MovieSession, user: User) -> Claims:
    """Read the claims that count for the customer, and those through the address of the current hold, which is locked.

    Needs the locks that `lock_client` does.
    """
    now = timezone.now()
    current = Claim.objects.filter(session=session, user=user, ended_at__gt=now)
    address_hash = current.values_list("address_hash", flat=True).first() or ""
    if address_hash:
        lock_address(session.pk, address_hash)
    return Claims(session, user, address_hash, is_confirmed(user), find_claims(session, user, address_hash))


def find_claims(session: MovieSession, user: User, address_hash: str) -> list[Claim]:
    """Read the claims of the customer and through the address, which is locked, or "" if it is unknown."""
    return list(claims_of(session, user, address_hash, timezone.now() - SEATS_WINDOW))


def claims_of(
    session: MovieSession | Parameter,
    user: User | Parameter,
    address_hash: str | Parameter,
    since: datetime | Parameter,
) -> QuerySet[Claim]:
    """Return the claims of the customer and through the address that ended after `since`, or did not end."""
    recent = Claim.objects.filter(session=session, ended_at__gt=since)
    return recent.filter(Q(user=user) | ~Q(address_hash="") & Q(address_hash=address_hash))


def end_hold(session: MovieSession, user: User) -> None:
    """Stop counting the time of the customer's hold, which is released or bought."""
    now = timezone.now()
    Claim.objects.filter(session=session, user=user, ended_at__gt=now).update(ended_at=now)


def extend_hold(session: MovieSession, user: User, held_until: datetime) -> None:
    """Count the time of the customer's hold until its new end."""
    Claim.objects.filter(session=session, user=user, ended_at__gt=timezone.now()).update(ended_at=held_until)


def delete_old_claims() -> int:
    """Delete the claims that count no longer; return how many."""
    return Claim.objects.filter(ended_at__lt=timezone.now() - SEATS_WINDOW).delete()[0]


def _is_current_hold(row: Claim, user: User, now: datetime) -> bool:
    return row.user_id == user.pk and row.ended_at > now


def _hash_address(address: str) -> str:
    """Return what stands for the address in the database, which need not know where people were."""
    return salted_hmac("cinema.claims", address, algorithm="sha256").hexdigest() if address else ""


def _describe_unconfirmed_limit(most: int) -> str:
    tickets = "no ticket" if most == 0 else "one ticket" if most == 1 else f"at most {most} tickets"
    return f"With an email that is not confirmed yet, you can have {tickets} for a session."
