import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cinema", "0003_calendar_feeds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveSmallIntegerField(help_text="Seats still wanted.")),
                (
                    "joined_at",
                    models.DateTimeField(default=django.utils.timezone.now, help_text="The earliest comes first."),
                ),
                ("offer_ends_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("taken", "got seats"),
                            ("lapsed", "let an offer run out"),
                            ("declined", "declined an offer"),
                            ("left", "left the list"),
                            ("closed", "the sale ended"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="waiting",
                        to="cinema.purchase",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting",
                        to="cinema.moviesession",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "waiting list entry",
                "verbose_name_plural": "waiting list",
                "ordering": ["joined_at", "id"],
                "indexes": [
                    models.Index(
                        models.F("session"),
                        models.F("joined_at"),
                        models.F("id"),
                        condition=models.Q(("ended_at", None)),
                        name="waiting_first_in_line",
                    ),
                    models.Index(models.F("user"), models.F("session"), models.F("ended_at"), name="waiting_of_user"),
                    models.Index(models.F("session"), name="waiting_of_session"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("user", "session"),
                        name="waiting_once_in_a_session",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__range", (1, 1000))), name="waiting_quantity_from_1_to_1000"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("offer", None), ("offer_ends_at__isnull", False), _connector="OR"),
                        name="waiting_offer_has_an_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at__isnull", False),
                            ("offer__isnull", False),
                            ("offer_ends_at", None),
                            _connector="OR",
                        ),
                        name="waiting_end_is_of_an_offer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("outcome", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("outcome__in", ["taken", "lapsed", "declined", "left", "closed"]),
                            ),
                            _connector="OR",
                        ),
                        name="waiting_ended_says_how",
                    ),
                ],
            },
        ),
    ]
