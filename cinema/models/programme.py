"""Film sessions."""

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone

from cinema.models.rooms import Room, SeatKind, count_free, describe_special
from movies.models import Movie

LONGEST_SESSION = timedelta(hours=24)


class Occupied(Func):
    """The time range in which a session has its room: from the start until the room is ready for the next one."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class MovieSession(models.Model):
    """A film in a room at a time. A draft occupies its room as well; a cancelled session does not.

    A session that has ever sold a ticket is never deleted: cancelled, it stays for its customers, and its page for
    everyone.
    """

    movie = models.ForeignKey(Movie, models.PROTECT, related_name="sessions", db_index=False)
    room = models.ForeignKey(Room, models.PROTECT, related_name="sessions", db_index=False)
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField()
    room_free_at = models.DateTimeField(editable=False, help_text="The end, and the room's turnaround after it.")
    published = models.BooleanField(default=True, help_text="Customers see published sessions only.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What calendars go by, see cinema.core.revisions: SEQUENCE is one more for each change of what tickets say of the
    # session, and `changed_at` is the time of the last one. A trigger raises both where the session gets another film:
    # models/sql/0009_other_films.sql.
    revision = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    moved_revision = models.PositiveIntegerField(
        default=0, editable=False, help_text="The revision of its last move; 0 if it was never moved."
    )

    class Meta:
        ordering = ["starts_at", "id"]
        verbose_name = "session"
        constraints = [
            ExclusionConstraint(
                name="session_room_taken",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (Occupied("starts_at", "room_free_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(cancelled_at=None),
            ),
            # Tickets refer to both, so that a ticket's seat is in its session's room.
            models.UniqueConstraint(fields=["id", "room"], name="session_and_its_room"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + LONGEST_SESSION), name="session_at_most_a_day"
            ),
            models.CheckConstraint(condition=Q(room_free_at__gte=F("ends_at")), name="session_room_free_after_its_end"),
            models.CheckConstraint(condition=Q(moved_revision__lte=F("revision")), name="session_move_is_a_revision"),
        ]
        indexes = [
            models.Index("movie", "starts_at", name="session_of_movie"),
            models.Index("room", "starts_at", name="session_in_room"),
            models.Index("starts_at", "id", name="session_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.movie} · {timezone.localtime(self.starts_at):%a %d %b %Y, %H:%M}"

    @property
    def free_places(self) -> dict[SeatKind, int]:
        """The number of free places of each kind. Needs cinema.queries.sessions.with_seat_counts, as all below do."""
        return count_free(self.places, self.places_taken)  # type: ignore[attr-defined]

    @property
    def seats_free(self) -> int:
        """Without wheelchair places and companion seats, which are only for customers who need them."""
        return self.free_places[SeatKind.STANDARD]

    @property
    def wheelchair_places_free(self) -> int:
        return self.free_places[SeatKind.WHEELCHAIR]

    @property
    def companion_seats_free(self) -> int:
        return self.free_places[SeatKind.COMPANION]

    @property
    def special_free(self) -> str:
        return describe_special(self.free_places)
