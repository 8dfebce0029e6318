from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("movies", "0011_reviews_without_rating")]

    operations = [
        migrations.AlterField("movie", "certification", models.CharField(blank=True, max_length=32)),
    ]
