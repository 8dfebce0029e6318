from django.db import migrations, models

from common.database.sql import read_sql

DROP = "DROP TRIGGER movie_title_revised ON movies_movie; DROP FUNCTION marquee_revise_title();"


class Migration(migrations.Migration):
    dependencies = [("movies", "0012_certification_length")]

    operations = [
        migrations.AddField(
            model_name="movie", name="title_revision", field=models.PositiveIntegerField(default=0, editable=False)
        ),
        migrations.AddField(
            model_name="movie",
            name="title_changed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(read_sql("movies/models/sql/0013_title_revisions.sql"), DROP),
    ]
