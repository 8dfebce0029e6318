"""Imports of zips and of more services: a row names its file, and says what was left out of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0014_other_writings"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="libraryimportrow",
            options={"ordering": ["file", "line", "id"]},
        ),
        migrations.RemoveConstraint(
            model_name="libraryimportrow",
            name="library_import_row_once",
        ),
        migrations.AddField(
            model_name="libraryimport",
            name="notes",
            field=models.JSONField(
                default=list, help_text="Sentences about what was guessed in the file, or left out of it."
            ),
        ),
        migrations.AddField(
            model_name="libraryimportrow",
            name="file",
            field=models.CharField(blank=True, help_text="The file of a zip.", max_length=200),
        ),
        migrations.AddField(
            model_name="libraryimportrow",
            name="note",
            field=models.TextField(
                blank=True, help_text="What was left out of the line, or is uncertain about its film."
            ),
        ),
        migrations.AlterField(
            model_name="libraryimport",
            name="source",
            field=models.CharField(
                blank=True,
                choices=[
                    ("marquee", "Marquee"),
                    ("letterboxd", "Letterboxd"),
                    ("imdb", "IMDb"),
                    ("trakt", "Trakt"),
                    ("tmdb", "TMDB"),
                    ("simkl", "Simkl"),
                    ("movary", "Movary"),
                ],
                help_text="Empty until the file is read, unless it was said.",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="libraryimportrow",
            name="kind",
            field=models.CharField(
                choices=[
                    ("film", "own film"),
                    ("rating", "rating"),
                    ("watchlist", "watchlist"),
                    ("favorite", "favourite"),
                    ("viewing", "viewing"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="libraryimportrow",
            constraint=models.UniqueConstraint(fields=("job", "file", "line", "kind"), name="library_import_row_once"),
        ),
    ]
