"""Files of imports that a worker has yet to read, in parts; until then a source may be unknown."""

import django.db.models.deletion
from django.db import migrations, models

SOURCES = [("marquee", "Marquee"), ("letterboxd", "Letterboxd"), ("imdb", "IMDb"), ("trakt", "Trakt")]


class Migration(migrations.Migration):
    dependencies = [("movies", "0008_help_texts")]

    operations = [
        migrations.AlterField(
            "libraryimport",
            "source",
            models.CharField(
                blank=True,
                choices=SOURCES,
                help_text="Empty until the file is read, unless it was said.",
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            "LibraryImportPart",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="movies.libraryimport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("job", "number"), name="library_import_part_once"),
                ],
            },
        ),
    ]
