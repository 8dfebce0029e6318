"""Alternative titles, and a search that knows other writings of titles (search/sql/0014_writings.sql)."""

import django.contrib.postgres.fields
import django.contrib.postgres.search
from django.db import migrations, models

from common.database.sql import read_sql

# In one pass: the words of all films are cut anew.
RECOMPUTE = """
ALTER TABLE movies_movie
    ALTER COLUMN sort_title SET EXPRESSION AS (marquee_fold(title)),
    ALTER COLUMN search_vector SET EXPRESSION AS (
        marquee_search_vector(title, original_title, directors, "cast", year, alternative_titles)
    );
DROP FUNCTION marquee_search_vector(text, text, text[], text[], smallint);
INSERT INTO movies_searchword (word, films)
SELECT word, ndoc FROM ts_stat('SELECT search_vector FROM movies_movie WHERE owner_id IS NULL')
WHERE marquee_is_spelt(word)
ON CONFLICT (word) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0013_title_revisions"),
    ]

    operations = [
        migrations.AddField(
            model_name="movie",
            name="alternative_titles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=500),
                blank=True,
                default=list,
                editable=False,
                help_text="TMDB's, of other countries and languages; they are searched.",
                size=None,
            ),
        ),
        migrations.RunSQL(read_sql("movies/search/sql/0014_writings.sql")),
        migrations.RunSQL(
            RECOMPUTE,
            state_operations=[
                migrations.AlterField(
                    model_name="movie",
                    name="search_vector",
                    field=models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("title"),
                            models.F("original_title"),
                            models.F("directors"),
                            models.F("cast"),
                            models.F("year"),
                            models.F("alternative_titles"),
                            function="marquee_search_vector",
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
        ),
    ]
