from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog_sync", "0006_film_cases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="fetchjob",
            index=models.Index(
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="fetch_job_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="fetchjob",
            index=models.Index(
                models.Case(
                    models.When(status__in=("queued", "running"), then=models.Value(0)), default=models.Value(1)
                ),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="fetch_job_active_first",
            ),
        ),
        migrations.AddIndex(
            model_name="synclog",
            index=models.Index(models.F("started_at"), models.F("id"), name="sync_log_newest"),
        ),
    ]
