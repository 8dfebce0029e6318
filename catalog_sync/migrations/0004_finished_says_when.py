from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog_sync", "0003_fetch_jobs"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="synclog",
            name="sync_log_finished_says_when",
        ),
        migrations.AddConstraint(
            model_name="synclog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("status", "in_progress")),
                    models.Q(
                        ("finished_at__gte", models.F("started_at")),
                        ("finished_at__isnull", False),
                        ("status__in", ["success", "failed"]),
                    ),
                    _connector="OR",
                ),
                name="sync_log_finished_says_when",
            ),
        ),
    ]
