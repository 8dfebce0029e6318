"""Files that people bring in."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0005_posters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LibraryImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("marquee", "Marquee"),
                            ("letterboxd", "Letterboxd"),
                            ("imdb", "IMDb"),
                            ("trakt", "Trakt"),
                        ],
                        max_length=16,
                    ),
                ),
                ("filename", models.CharField(blank=True, max_length=200)),
                ("overwrite", models.BooleanField(default=False, help_text="What the file says beats what is there.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("checking", "being checked"),
                            ("checked", "checked, nothing written yet"),
                            ("applying", "being brought in"),
                            ("done", "brought in"),
                            ("failed", "failed"),
                        ],
                        default="checking",
                        max_length=16,
                    ),
                ),
                ("progress", models.PositiveIntegerField(default=0, help_text="Rows checked, or then applied.")),
                ("total", models.PositiveIntegerField(default=0, help_text="Rows.")),
                ("counts", models.JSONField(default=dict, help_text="Rows by outcome; kept when the rows are not.")),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="library_imports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="LibraryImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField(help_text="Of the file, counted from 1 with its heading.")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("film", "own film"),
                            ("rating", "rating"),
                            ("watchlist", "watchlist"),
                            ("viewing", "viewing"),
                        ],
                        max_length=16,
                    ),
                ),
                ("said", models.JSONField(help_text="What the line says, in our units.")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("unchecked", "not checked yet"),
                            ("create", "new"),
                            ("change", "changes what is there"),
                            ("unchanged", "is there already"),
                            ("kept", "differs; what is there stays"),
                            ("unmatched", "film not found"),
                            ("ambiguous", "several films fit"),
                            ("invalid", "cannot be read"),
                        ],
                        default="unchecked",
                        max_length=16,
                    ),
                ),
                ("message", models.TextField(blank=True)),
                ("applied", models.BooleanField(default=False)),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="movies.libraryimport",
                    ),
                ),
                (
                    "movie",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="movies.movie"
                    ),
                ),
            ],
            options={
                "ordering": ["line", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="libraryimport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["checking", "applying"])),
                fields=("user",),
                name="library_import_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="libraryimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("progress__lte", models.F("total"))), name="library_import_progress_within_total"
            ),
        ),
        migrations.AddConstraint(
            model_name="libraryimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "failed"), _negated=True),
                    models.Q(("error", ""), _negated=True),
                    _connector="OR",
                ),
                name="library_import_failed_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="libraryimportrow",
            constraint=models.UniqueConstraint(fields=("job", "line", "kind"), name="library_import_row_once"),
        ),
    ]
