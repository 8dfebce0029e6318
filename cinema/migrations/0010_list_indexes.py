from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cinema", "0009_other_films"),
        ("movies", "0018_printed_revisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="moviesession",
            index=models.Index(models.F("starts_at"), models.F("id"), name="session_by_start"),
        ),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(models.F("received_at"), models.F("id"), name="scan_newest"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(models.F("purchased_at"), models.F("id"), name="ticket_newest"),
        ),
        migrations.AddIndex(
            model_name="waiting",
            index=models.Index(models.F("joined_at"), models.F("id"), name="waiting_by_time"),
        ),
    ]
