from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("movies", "0010_moderation")]

    operations = [
        migrations.AlterField("movie", "certification", models.CharField(blank=True, max_length=32)),
    ]
