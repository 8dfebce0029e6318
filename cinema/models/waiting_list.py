"""Waiting lists of sold-out sessions."""

from typing import TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cinema.models.programme import MovieSession
from cinema.models.tickets import Purchase

MOST_SEATS = 1000  # the upper limit of TICKETS_PER_CUSTOMER


class WaitingOutcome(models.TextChoices):
    TAKEN = "taken", "got seats"
    LAPSED = "lapsed", "let an offer run out"
    DECLINED = "declined", "declined an offer"
    LEFT = "left", "left the list"
    CLOSED = "closed", "the sale ended"


class Waiting(models.Model):
    """An entry: one customer's place on one session's waiting list.

    It is open until `ended_at`; then `outcome` says how it ended. Free seats are offered to the first entry as a hold:
    `offer` is its purchase, which the customer confirms or releases like any other. For the customer it ends at
    `offer_ends_at`; the seats' rows are held a little longer, so that they can be passed on to the next entry before
    any other customer claims them: see cinema.box_office.offers.
    """

    Outcome: TypeAlias = WaitingOutcome

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="waiting", db_index=False)
    session = models.ForeignKey(MovieSession, models.CASCADE, related_name="waiting", db_index=False)
    quantity = models.PositiveSmallIntegerField(help_text="Seats still wanted.")
    joined_at = models.DateTimeField(default=timezone.now, help_text="The earliest comes first.")
    offer = models.OneToOneField(Purchase, models.SET_NULL, null=True, blank=True, related_name="waiting")
    offer_ends_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=16, choices=WaitingOutcome.choices, blank=True)

    class Meta:
        ordering = ["joined_at", "id"]
        verbose_name = "waiting list entry"
        verbose_name_plural = "waiting list"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "session"], condition=Q(ended_at=None), name="waiting_once_in_a_session"
            ),
            models.CheckConstraint(
                condition=Q(quantity__range=(1, MOST_SEATS)), name="waiting_quantity_from_1_to_1000"
            ),
            # Each part only tests for NULL, so it is never NULL itself, which a CHECK would accept.
            models.CheckConstraint(
                condition=Q(offer=None) | Q(offer_ends_at__isnull=False), name="waiting_offer_has_an_end"
            ),
            # Deleting an offer's purchase ends the entry or clears `offer_ends_at`: no offer is open without seats.
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(offer__isnull=False) | Q(offer_ends_at=None),
                name="waiting_end_is_of_an_offer",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | Q(ended_at__isnull=False, outcome__in=WaitingOutcome.values),
                name="waiting_ended_says_how",
            ),
        ]
        indexes = [
            models.Index("session", "joined_at", "id", condition=Q(ended_at=None), name="waiting_first_in_line"),
            models.Index("user", "session", "ended_at", name="waiting_of_user"),
            models.Index("session", name="waiting_of_session"),
            models.Index("joined_at", "id", name="waiting_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
