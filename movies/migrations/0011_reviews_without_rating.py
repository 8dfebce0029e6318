"""A review needs no rating."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from common.database.sql import read_sql


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0010_moderation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The functions first: they serve rows with and without a rating.
        migrations.RunSQL(read_sql("movies/models/sql/0011_rating_triggers.sql"), migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="rating",
            name="rating",
            field=models.PositiveSmallIntegerField(blank=True, help_text="1 to 10. Empty: a review alone.", null=True),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=Q(rating__isnull=False) | ~Q(review=""), name="rating_or_review"
            ),
        ),
    ]
