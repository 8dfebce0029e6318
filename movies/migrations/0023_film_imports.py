"""Imports of films in the admin: a file, its rows, and what came of them."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0022_genre_ids"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FilmImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "data",
                    models.TextField(
                        blank=True, help_text="Headings and rows of the file as JSON, until they are imported."
                    ),
                ),
                ("total", models.PositiveIntegerField(help_text="Rows of the file.")),
                (
                    "result",
                    models.JSONField(
                        help_text="How many films are new, changed and unchanged; or why none is.", null=True
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="film_imports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("result", None)),
                            models.Q(("data", ""), ("finished_at__isnull", False), ("result__isnull", False)),
                            _connector="OR",
                        ),
                        name="film_import_finished_has_result",
                    )
                ],
            },
        ),
    ]
