"""What limits against hoarding look at."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cinema.models.programme import MovieSession


class Claim(models.Model):
    """Seats of a session that a customer held or bought, kept for a day: see cinema.box_office.hoarding.

    A hold lasts from `started_at` until `ended_at`, which is its end as planned until it is released or bought. For a
    purchase without a hold both are the time of the purchase. A closed account's claims still count for the address.
    """

    session = models.ForeignKey(MovieSession, models.CASCADE, related_name="claims", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="claims")
    address_hash = models.CharField(max_length=64, blank=True, help_text="Keyed hash of the client's address.")
    is_confirmed = models.BooleanField(help_text="Whether the account's email was confirmed.")
    seats = models.PositiveSmallIntegerField(help_text="The customer's seats in the session then, held and bought.")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(seats__gte=1), name="claim_has_seats"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("started_at")), name="claim_ends_after_it_starts"),
        ]
        indexes = [
            models.Index("session", "address_hash", name="claim_of_address"),
            models.Index("ended_at", name="claim_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
