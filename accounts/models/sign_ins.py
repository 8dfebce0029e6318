"""Sign-ins of programs; those of browsers on the site are rows of Django and allauth."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from accounts.models.people import User


class UserSession(models.Model):
    """One sign-in of a program. Its refresh tokens follow each other; only the hash of the current one is stored."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    rotated_at = models.DateTimeField(help_text="When the current pair of tokens was issued.")
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveIntegerField(default=1)
    refresh_hash = models.CharField(max_length=64, help_text="SHA-256 of the current refresh token, in hexadecimal.")
    user_agent = models.CharField(max_length=300, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        ordering = ["-rotated_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(generation__gte=1), name="session_generation_counts_from_one"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="session_expires_after_it_begins"
            ),
            models.UniqueConstraint(fields=["refresh_hash"], name="session_refresh_hash_unique"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
