"""Ratings, watchlist items and viewings, with the triggers that keep a film's sum and count of ratings exact."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from common.database.sql import read_sql

DROP_RATING_TRIGGERS = """
DROP TRIGGER rating_added ON movies_rating;
DROP TRIGGER rating_changed ON movies_rating;
DROP TRIGGER rating_removed ON movies_rating;
DROP FUNCTION marquee_ratings_move_films();
DROP FUNCTION marquee_move_film(bigint, numeric, numeric);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0002_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rating", models.PositiveSmallIntegerField(help_text="1 to 10.")),
                ("review", models.TextField(blank=True, max_length=10000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "movie",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ratings",
                        to="movies.movie",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ratings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(
                        models.F("movie"), models.F("created_at"), models.F("id"), name="rating_newest_of_movie"
                    ),
                    models.Index(
                        models.F("user"), models.F("created_at"), models.F("id"), name="rating_newest_of_user"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "movie"), name="rating_one_per_user_and_movie"),
                    models.CheckConstraint(condition=models.Q(("rating__range", (1, 10))), name="rating_from_1_to_10"),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("review"), 10000
                        ),
                        name="rating_review_length",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Viewing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "watched_at",
                    models.DateTimeField(help_text="Of a day without a time: its noon in the cinema's time zone."),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("ticket", "with a ticket"), ("by_hand", "by hand")], default="by_hand", max_length=16
                    ),
                ),
                (
                    "movie",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="viewings", to="movies.movie"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="viewings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-watched_at", "-id"],
                "indexes": [
                    models.Index(models.F("user"), models.F("watched_at"), models.F("id"), name="viewing_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "movie", "watched_at"), name="viewing_once_at_a_time"),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["ticket", "by_hand"])), name="viewing_source_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WatchlistItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_favorite", models.BooleanField(default=False)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "movie",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="watchlisted", to="movies.movie"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="watchlist",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-added_at", "-id"],
                "indexes": [
                    models.Index(models.F("user"), models.F("added_at"), models.F("id"), name="watchlist_item_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "movie"), name="watchlist_item_one_per_user_and_movie")
                ],
            },
        ),
        migrations.RunSQL(read_sql("movies/models/sql/0003_rating_triggers.sql"), DROP_RATING_TRIGGERS),
    ]
