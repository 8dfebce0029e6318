"""The functions that compute the generated columns of Movie.

PostgreSQL accepts only IMMUTABLE functions there, and `unaccent` and `array_to_string` are merely STABLE
because their result could change with a dictionary or a type's output; neither happens here.
"""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

from common.database.sql import read_sql


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(read_sql("movies/search/sql/0001_fold.sql"), "DROP FUNCTION marquee_fold(text)"),
        migrations.RunSQL(
            read_sql("movies/search/sql/0001_search_vector.sql"),
            "DROP FUNCTION marquee_search_vector(text, text, text[], text[])",
        ),
    ]
