"""An update of a film computes the words of the search only if it sets what they are made of, and the indexes of the
vocabulary are sorted at once.
"""

import django.contrib.postgres.indexes
from django.db import migrations, models

from common.database.sql import read_sql

BACK = """
DROP TRIGGER movie_printed_revised ON movies_movie;
DROP FUNCTION marquee_revise_printed();
"""
BEFORE = read_sql("movies/models/sql/0018_printed_revisions.sql")
OF_WORDS = [
    django.contrib.postgres.indexes.GinIndex(
        models.F("deletions"), fastupdate=False, name="search_word_within_one_error"
    ),
    django.contrib.postgres.indexes.GinIndex(
        models.F("beginnings"), fastupdate=False, name="search_word_begins_nearly"
    ),
    django.contrib.postgres.indexes.GinIndex(
        django.contrib.postgres.indexes.OpClass("word", "gin_trgm_ops"), fastupdate=False, name="search_word_alike"
    ),
]


def sort_at_once(index: django.contrib.postgres.indexes.GinIndex) -> migrations.RunSQL:
    """Return the operation that sorts in what waits, and from now on everything."""
    return migrations.RunSQL(
        f"ALTER INDEX {index.name} SET (fastupdate = off); SELECT gin_clean_pending_list('{index.name}');",
        f"ALTER INDEX {index.name} RESET (fastupdate)",
        state_operations=[
            migrations.RemoveIndex("searchword", index.name),
            migrations.AddIndex("searchword", index),
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("movies", "0020_list_indexes")]

    operations = [
        migrations.RunSQL(
            read_sql("movies/models/sql/0021_printed_after.sql"), BACK + BEFORE[BEFORE.index("CREATE FUNCTION") :]
        ),
        *map(sort_at_once, OF_WORDS),
    ]
