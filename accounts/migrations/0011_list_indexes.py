from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_mails_sent_when"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["created_at", "id"], name="notification_newest"),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(models.F("username"), models.F("id"), name="user_by_name"),
        ),
    ]
