from django.db import migrations, models

from common.database.sql import read_sql

DROP = "DROP TRIGGER session_other_film_revised ON cinema_moviesession; DROP FUNCTION marquee_revise_other_film();"


class Migration(migrations.Migration):
    dependencies = [("cinema", "0008_holds_have_customers"), ("movies", "0018_printed_revisions")]

    operations = [
        migrations.RunSQL(read_sql("cinema/models/sql/0009_other_films.sql"), DROP),
        migrations.AlterField(
            model_name="scan",
            name="scanned_at",
            field=models.DateTimeField(
                help_text="By our clock. A scan that was queued at the entrance has an age, which is taken off."
            ),
        ),
    ]
