"""A film's row holds the ids of its genres, and the index of a year's films holds them as well."""

import django.contrib.postgres.fields
from django.db import migrations, models

from common.database.sql import read_sql

BACK = """
DROP TRIGGER movie_genre_ids_kept ON movies_movie;
DROP TRIGGER movie_genres_inserted ON movies_movie_genres;
DROP TRIGGER movie_genres_deleted ON movies_movie_genres;
DROP TRIGGER movie_genres_moved_from ON movies_movie_genres;
DROP TRIGGER movie_genres_moved_to ON movies_movie_genres;
DROP FUNCTION marquee_keep_genre_ids();
DROP FUNCTION marquee_note_genres();
DROP FUNCTION marquee_genre_ids(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0021_quick_updates")]

    operations = [
        migrations.AddField(
            model_name="movie",
            name="genre_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, default=list, editable=False, size=None
            ),
        ),
        migrations.RunSQL(read_sql("movies/models/sql/0022_genre_ids.sql"), BACK),
        migrations.RemoveIndex(model_name="movie", name="movie_by_year"),
        migrations.AddIndex(
            model_name="movie",
            index=models.Index(
                models.F("year"),
                models.F("average_rating"),
                condition=models.Q(("owner", None)),
                include=("popularity", "id", "withdrawn", "genre_ids"),
                name="movie_by_year",
            ),
        ),
    ]
