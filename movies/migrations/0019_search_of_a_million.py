"""A search that stays quick with a million films: tiers of popularity, and a vocabulary that is kept as films change."""

import django.contrib.postgres.indexes
import django.db.models.lookups
from django.db import migrations, models

from common.database.sql import read_sql

TIER = models.Func(
    models.F("popularity"),
    function="width_bucket",
    output_field=models.IntegerField(),
    template="%(function)s(%(expressions)s, '{2,8,32,128}'::double precision[])",
)
DROP_TRIGGERS = """
DROP TRIGGER movie_new_words ON movies_movie;
DROP TRIGGER movie_lost_words ON movies_movie;
DROP TRIGGER movie_other_words ON movies_movie;
DROP FUNCTION marquee_note_new_words();
DROP FUNCTION marquee_note_lost_words();
DROP FUNCTION marquee_note_other_words();
"""


def words_of_tier(tier: int) -> django.contrib.postgres.indexes.GinIndex:
    return django.contrib.postgres.indexes.GinIndex(
        models.F("search_vector"),
        gin_pending_list_limit=256,
        condition=models.Q(django.db.models.lookups.Exact(TIER, tier)),
        name=f"movie_search_tier_{tier}",
    )


class Migration(migrations.Migration):
    dependencies = [("movies", "0018_printed_revisions")]

    operations = [
        # The values stay the same, so that nothing has to be computed anew.
        migrations.RunSQL(
            read_sql("movies/search/sql/0019_search_document.sql"),
            read_sql("movies/search/sql/0014_writings.sql").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
            + "DROP FUNCTION marquee_document(text[], text[], text[], text[], text[], text[], smallint);",
        ),
        migrations.RunSQL(
            "ALTER INDEX movie_search_words SET (gin_pending_list_limit = 256)",
            "ALTER INDEX movie_search_words RESET (gin_pending_list_limit)",
            state_operations=[
                migrations.RemoveIndex("movie", "movie_search_words"),
                migrations.AddIndex(
                    "movie",
                    django.contrib.postgres.indexes.GinIndex(
                        models.F("search_vector"), gin_pending_list_limit=256, name="movie_search_words"
                    ),
                ),
            ],
        ),
        *(migrations.AddIndex("movie", words_of_tier(tier)) for tier in (4, 3, 2, 1)),
        migrations.AlterField(
            "searchword",
            "films",
            models.PositiveIntegerField(default=1, help_text="How many films have it."),
        ),
        migrations.CreateModel(
            "SearchWordChange",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.TextField(db_collation="C")),
                ("films", models.IntegerField()),
            ],
        ),
        # Room on each page for new counts: an update within the page touches no index.
        migrations.RunSQL(
            "ALTER TABLE movies_searchword SET (fillfactor = 80)", "ALTER TABLE movies_searchword RESET (fillfactor)"
        ),
        migrations.RunSQL(read_sql("movies/search/sql/0019_word_changes.sql"), DROP_TRIGGERS),
    ]
