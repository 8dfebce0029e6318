"""Private calendar feeds of customers' tickets."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class CalendarFeed(models.Model):
    """A customer's calendar feed. Its address is derived from this row and SECRET_KEY and not stored: see feeds.

    A higher `generation` makes another address.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed")
    generation = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(generation__gte=1), name="feed_generation_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
