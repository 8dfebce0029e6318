"""The vocabulary of the search."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

DELETIONS = """
CREATE FUNCTION marquee_deletions(word text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT array_agg(DISTINCT form COLLATE "C") FROM (
            SELECT word AS form
            UNION ALL SELECT left(word, n - 1) || substr(word, n + 1) FROM generate_series(1, length(word)) AS n
        ) AS forms
    );
"""


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0003_library"),
    ]

    operations = [
        migrations.RunSQL(DELETIONS, "DROP FUNCTION marquee_deletions(text)"),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                (
                    "films",
                    models.PositiveIntegerField(default=1, help_text="How many films have it; exact once a night."),
                ),
                (
                    "deletions",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("word"), function="marquee_deletions"),
                        output_field=django.contrib.postgres.fields.ArrayField(
                            base_field=models.TextField(), size=None
                        ),
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("deletions"), name="search_word_within_one_error"
                    ),
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
    ]
