"""Which poster files there are."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0004_vocabulary"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PosterUpload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "movie",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="poster_uploads", to="movies.movie"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="poster_uploads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StoredPoster",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="Hash of the picture.", max_length=64, primary_key=True, serialize=False
                    ),
                ),
                ("stored_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("key__regex", "^[0-9a-f]{32,64}$")), name="stored_poster_key"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="movie",
            index=models.Index(
                models.F("poster_key"), condition=models.Q(("poster_key", ""), _negated=True), name="movie_by_poster"
            ),
        ),
    ]
