"""The private address at which a person's calendar asks for their tickets."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class CalendarFeed(models.Model):
    """That somebody wants one. Its address is made of this row and of SECRET_KEY and stored nowhere: see feeds.

    A step of `generation` makes it another.
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
