"""The trigger that counts a film's titles counts its age limits too, which calendars say as well."""

from django.db import migrations

from common.database.sql import read_sql

BACK = """
DROP TRIGGER movie_printed_revised ON movies_movie;
DROP FUNCTION marquee_revise_printed();
"""


class Migration(migrations.Migration):
    dependencies = [("movies", "0017_dates_and_signs")]

    operations = [
        migrations.RenameField("movie", "title_revision", "printed_revision"),
        migrations.RenameField("movie", "title_changed_at", "printed_changed_at"),
        migrations.RunSQL(
            read_sql("movies/models/sql/0018_printed_revisions.sql"),
            BACK + read_sql("movies/models/sql/0013_title_revisions.sql"),
        ),
    ]
