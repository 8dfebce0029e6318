import datetime

import django.contrib.postgres.constraints
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import cinema.models.programme


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("movies", "0007_sync_state"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="MovieSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField(db_index=True)),
                ("ends_at", models.DateTimeField()),
                (
                    "room_free_at",
                    models.DateTimeField(editable=False, help_text="The end, and the room's turnaround after it."),
                ),
                ("published", models.BooleanField(default=True, help_text="Customers see published sessions only.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("cancelled_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("revision", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "movie",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="movies.movie",
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "ordering": ["starts_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("idempotency_key", models.CharField(blank=True, editable=False, max_length=255, null=True)),
                ("fingerprint", models.CharField(blank=True, editable=False, max_length=64)),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="purchases", to="cinema.moviesession"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="purchases",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Room",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(help_text="The number that customers see.")),
                ("name", models.CharField(blank=True, max_length=80)),
                (
                    "turnaround_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="How long the room stays empty after a session: leaving, cleaning, entering.",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("number",), name="room_number_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("number__range", (1, 999))), name="room_number_from_1_to_999"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("turnaround_minutes__lte", 240)), name="room_turnaround_at_most_4_hours"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="moviesession",
            name="room",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="cinema.room"
            ),
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.CharField(help_text="A is nearest to the screen; after Z comes AA.", max_length=2)),
                ("number", models.PositiveSmallIntegerField(help_text="From the left, facing the screen.")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("standard", "seat"),
                            ("wheelchair", "wheelchair place"),
                            ("companion", "companion seat"),
                        ],
                        default="standard",
                        max_length=16,
                    ),
                ),
                (
                    "line",
                    models.PositiveSmallIntegerField(
                        help_text="Line of the plan, from 0 at the screen; empty lines count."
                    ),
                ),
                (
                    "column",
                    models.PositiveSmallIntegerField(help_text="Place in that line, from 0 at the left; gaps count."),
                ),
                ("in_use", models.BooleanField(default=True)),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="seats",
                        to="cinema.room",
                    ),
                ),
            ],
            options={
                "ordering": ["line", "column", "id"],
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(help_text="Random and secret: it admits its bearer.", max_length=32)),
                ("held_until", models.DateTimeField(blank=True, null=True)),
                ("purchased_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tickets", to="cinema.purchase"
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cinema.room",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="cinema.seat",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="cinema.moviesession",
                    ),
                ),
                (
                    "used_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="tickets",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-purchased_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(help_text="As it was scanned or typed.", max_length=64)),
                ("nonce", models.UUIDField(blank=True, editable=False, null=True)),
                ("scanned_at", models.DateTimeField(help_text="By the clock at the entrance.")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("door", models.CharField(blank=True, help_text="Where: an entrance or a device.", max_length=80)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("admitted", "admitted"), ("refused", "refused"), ("undone", "undone")], max_length=16
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, help_text="Why it was refused: a code of the API.", max_length=32),
                ),
                ("message", models.CharField(blank=True, max_length=300)),
                ("details", models.JSONField(blank=True, default=dict, editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scans",
                        to="cinema.ticket",
                    ),
                ),
            ],
            options={
                "ordering": ["-received_at", "-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(fields=("made_by", "idempotency_key"), name="purchase_key_once"),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("idempotency_key", None), models.Q(("fingerprint", ""), _negated=True), _connector="OR"
                ),
                name="purchase_key_has_fingerprint",
            ),
        ),
        migrations.AddIndex(
            model_name="moviesession",
            index=models.Index(models.F("movie"), models.F("starts_at"), name="session_of_movie"),
        ),
        migrations.AddIndex(
            model_name="moviesession",
            index=models.Index(models.F("room"), models.F("starts_at"), name="session_in_room"),
        ),
        migrations.AddConstraint(
            model_name="moviesession",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("cancelled_at", None)),
                expressions=[("room", "="), (cinema.models.programme.Occupied("starts_at", "room_free_at"), "&&")],
                name="session_room_taken",
            ),
        ),
        migrations.AddConstraint(
            model_name="moviesession",
            constraint=models.UniqueConstraint(fields=("id", "room"), name="session_and_its_room"),
        ),
        migrations.AddConstraint(
            model_name="moviesession",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="session_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="moviesession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "ends_at__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("starts_at"), "+", models.Value(datetime.timedelta(days=1))
                        ),
                    )
                ),
                name="session_at_most_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="moviesession",
            constraint=models.CheckConstraint(
                condition=models.Q(("room_free_at__gte", models.F("ends_at"))), name="session_room_free_after_its_end"
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("room", "row", "number"), name="seat_one_per_row_and_number"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("in_use", True)),
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                expressions=[("room", "="), ("line", "="), ("column", "=")],
                name="seat_one_in_a_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("id", "room"), name="seat_and_its_room"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(("row__regex", "^[A-Z]{1,2}$")), name="seat_row_is_letters"
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__range", (1, 99))), name="seat_number_from_1_to_99"
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["standard", "wheelchair", "companion"])), name="seat_kind_known"
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.F("user"), models.F("purchased_at"), models.F("id"), name="ticket_newest_of_user"
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                models.F("session"), models.F("purchased_at"), models.F("id"), name="ticket_newest_of_session"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at", None)), fields=("session", "seat"), name="ticket_one_live_per_seat"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(fields=("code",), name="ticket_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("held_until", None), ("purchased_at__isnull", False)),
                    models.Q(("held_until__isnull", False), ("purchased_at", None)),
                    _connector="OR",
                ),
                name="ticket_held_or_purchased",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("used_at", None),
                    models.Q(("cancelled_at", None), ("purchased_at__isnull", False)),
                    _connector="OR",
                ),
                name="ticket_used_was_purchased_and_is_valid",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(("cancelled_at", None), ("purchased_at__isnull", False), _connector="OR"),
                name="ticket_cancelled_was_purchased",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.UniqueConstraint(fields=("by", "nonce"), name="scan_nonce_once"),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["admitted", "refused", "undone"])), name="scan_outcome_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "refused"), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("outcome", "refused"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="scan_refused_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(("ticket__isnull", False), ("outcome", "refused"), _connector="OR"),
                name="scan_unknown_code_is_refused",
            ),
        ),
    ]
