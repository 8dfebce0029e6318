"""A search that cuts titles and queries alike (search/sql/0004_search_functions.sql), and its vocabulary."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions
from django.db import migrations, models

from common.database.sql import read_sql

DROP_FUNCTIONS = f"""
DROP FUNCTION marquee_deletions(text);
DROP FUNCTION marquee_is_spelt(text);
DROP FUNCTION marquee_search_vector(text, text, text[], text[], smallint);
DROP FUNCTION marquee_heading(text[]);
DROP FUNCTION marquee_vector(text[], text);
{read_sql("movies/search/sql/0001_fold.sql")}
DROP FUNCTION marquee_words(text[]);
DROP FUNCTION marquee_tokens(text);
DROP FUNCTION marquee_plain(text);
"""

# Recompute the columns of the existing films, in one pass.
RECOMPUTE = """
ALTER TABLE movies_movie
    ALTER COLUMN sort_title SET EXPRESSION AS (marquee_fold(title)),
    ALTER COLUMN search_vector SET EXPRESSION AS (
        marquee_search_vector(title, original_title, directors, "cast", year)
    )
"""
RECOMPUTE_AS_BEFORE = """
ALTER TABLE movies_movie
    ALTER COLUMN sort_title SET EXPRESSION AS (marquee_fold(title)),
    ALTER COLUMN search_vector SET EXPRESSION AS (
        marquee_search_vector(title, original_title, directors, "cast")
    )
"""

FILL_VOCABULARY = """
INSERT INTO movies_searchword (word, films)
SELECT word, ndoc FROM ts_stat('SELECT search_vector FROM movies_movie WHERE owner_id IS NULL')
WHERE marquee_is_spelt(word)
"""


def deletions_of(expression: models.Expression) -> models.GeneratedField:
    return models.GeneratedField(
        db_persist=True,
        expression=models.Func(expression, function="marquee_deletions"),
        output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0003_library"),
    ]

    operations = [
        # Runs in reverse only, last, when the old functions are back.
        migrations.RunSQL(migrations.RunSQL.noop, RECOMPUTE_AS_BEFORE),
        migrations.RunSQL(read_sql("movies/search/sql/0004_search_functions.sql"), DROP_FUNCTIONS),
        migrations.RunSQL(
            RECOMPUTE,
            # The new function cannot be dropped while the column uses it.
            "ALTER TABLE movies_movie ALTER COLUMN search_vector SET EXPRESSION AS (NULL::tsvector)",
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
                            function="marquee_search_vector",
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            "DROP FUNCTION marquee_search_vector(text, text, text[], text[])",
            read_sql("movies/search/sql/0001_search_vector.sql"),
        ),
        # Spelling is corrected against the vocabulary, not against whole titles.
        migrations.RemoveIndex(model_name="movie", name="movie_search_spelling"),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                (
                    "films",
                    models.PositiveIntegerField(default=1, help_text="How many films have it; exact once a night."),
                ),
                ("deletions", deletions_of(models.F("word"))),
                ("beginnings", deletions_of(django.db.models.functions.Left("word", 5))),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("deletions"), name="search_word_within_one_error"
                    ),
                    django.contrib.postgres.indexes.GinIndex(models.F("beginnings"), name="search_word_begins_nearly"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("word", "gin_trgm_ops"), name="search_word_alike"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("word", ""), _negated=True), name="search_word_not_empty"
                    )
                ],
            },
        ),
        migrations.RunSQL(FILL_VOCABULARY, migrations.RunSQL.noop),
    ]
