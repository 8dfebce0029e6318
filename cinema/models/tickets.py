"""Purchases, the seats that are held or bought by them, and the scans at the entrance."""

from typing import TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cinema.models.programme import MovieSession
from cinema.models.rooms import Room, Seat


class Purchase(models.Model):
    """Seats that were chosen together: a hold until it is confirmed, or bought at once.

    `user` is the customer, `made_by` the account that asked for the tickets: the same, or a manager.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="purchases")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    session = models.ForeignKey(MovieSession, models.PROTECT, related_name="purchases")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    age_checked = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="The film's age limit that the account's date of birth met at `confirmed_at`; null without a limit.",
    )
    shown_revision = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Revision of the session that the customer was shown last, as far as we know, until it is confirmed.",
    )
    idempotency_key = models.CharField(max_length=255, null=True, blank=True, editable=False)
    # A hash of the request with that key, which distinguishes a retry from the same key with another body.
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["made_by", "idempotency_key"], name="purchase_key_once"),
            models.CheckConstraint(
                condition=Q(idempotency_key=None) | ~Q(fingerprint=""), name="purchase_key_has_fingerprint"
            ),
            models.CheckConstraint(
                condition=Q(age_checked=None) | Q(age_checked__gte=1, confirmed_at__isnull=False),
                name="purchase_age_is_checked_at_the_sale",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class Ticket(models.Model):
    """A customer's seat in a session: held until `held_until`, or bought at `purchased_at`.

    Both are rows of this one table, so that one unique index decides who has the seat. A hold ends by its time, whether
    or not its row is deleted: the next customer who claims the seat takes over the row. Read tickets through
    cinema.queries, which tells holds from tickets.
    """

    purchase = models.ForeignKey(Purchase, models.CASCADE, related_name="tickets")
    # The database refers by (session, room) and by (seat, room), see migration 0002, so that a ticket's seat is always
    # in its session's room.
    session = models.ForeignKey(
        MovieSession, models.PROTECT, related_name="tickets", db_index=False, db_constraint=False
    )
    room = models.ForeignKey(Room, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="tickets", db_constraint=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="tickets")
    code = models.CharField(max_length=32, help_text="Random and secret: it admits its bearer.")
    held_until = models.DateTimeField(null=True, blank=True)
    purchased_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["-purchased_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "seat"], condition=Q(cancelled_at=None), name="ticket_one_live_per_seat"
            ),
            models.UniqueConstraint(fields=["code"], name="ticket_code_unique"),
            models.CheckConstraint(
                condition=Q(held_until=None, purchased_at__isnull=False)
                | Q(held_until__isnull=False, purchased_at=None),
                name="ticket_held_or_purchased",
            ),
            # An account's holds are released before it is deleted: see cinema.box_office.departures.
            models.CheckConstraint(
                condition=Q(purchased_at__isnull=False) | Q(user__isnull=False), name="ticket_hold_has_a_customer"
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(purchased_at__isnull=False, cancelled_at=None),
                name="ticket_used_was_purchased_and_is_valid",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | Q(purchased_at__isnull=False), name="ticket_cancelled_was_purchased"
            ),
        ]
        indexes = [
            models.Index("user", "purchased_at", "id", name="ticket_newest_of_user"),
            models.Index("session", "purchased_at", "id", name="ticket_newest_of_session"),
            models.Index("purchased_at", "id", name="ticket_newest"),
        ]

    def __str__(self) -> str:
        return self.code


class ScanOutcome(models.TextChoices):
    ADMITTED = "admitted", "admitted"
    REFUSED = "refused", "refused"
    UNDONE = "undone", "undone"


class Scan(models.Model):
    """A scan at the entrance, refusals included. The same `nonce` is the same scan, sent again."""

    Outcome: TypeAlias = ScanOutcome

    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, blank=True, related_name="scans")
    code = models.CharField(max_length=64, help_text="As it was scanned or typed.")
    nonce = models.UUIDField(null=True, blank=True, editable=False)
    scanned_at = models.DateTimeField(
        help_text="By our clock. A scan that was queued at the entrance has an age, which is taken off."
    )
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    door = models.CharField(max_length=80, blank=True, help_text="Where: an entrance or a device.")
    outcome = models.CharField(max_length=16, choices=ScanOutcome.choices)
    reason = models.CharField(max_length=32, blank=True, help_text="Why it was refused: a code of the API.")
    message = models.CharField(max_length=300, blank=True)
    # Of a refusal, the `details` of the API's error; of an admission, what an undo needs.
    details = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["by", "nonce"], name="scan_nonce_once"),
            models.CheckConstraint(condition=Q(outcome__in=ScanOutcome.values), name="scan_outcome_known"),
            models.CheckConstraint(
                condition=(Q(outcome=ScanOutcome.REFUSED) & ~Q(reason=""))
                | (~Q(outcome=ScanOutcome.REFUSED) & Q(reason="")),
                name="scan_refused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(ticket__isnull=False) | Q(outcome=ScanOutcome.REFUSED), name="scan_unknown_code_is_refused"
            ),
        ]
        indexes = [models.Index("received_at", "id", name="scan_newest")]

    def __str__(self) -> str:
        return f"{self.code} {self.outcome}"
