from django.conf import settings
from django.db import migrations, models

# The films of a genre are found without their rows: instead of the index of the foreign key alone.
BY_GENRE = """
CREATE INDEX movie_genres_by_genre ON movies_movie_genres (genre_id, movie_id);
DROP INDEX movies_movie_genres_genre_id_c3609db2;
"""
BY_FOREIGN_KEY = """
CREATE INDEX movies_movie_genres_genre_id_c3609db2 ON movies_movie_genres (genre_id);
DROP INDEX movie_genres_by_genre;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("movies", "0019_search_of_a_million"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="movie",
            name="movie_by_popularity",
        ),
        migrations.RemoveIndex(
            model_name="movie",
            name="movie_by_year",
        ),
        migrations.AddIndex(
            model_name="movie",
            index=models.Index(
                models.F("popularity"),
                models.F("id"),
                condition=models.Q(("owner", None)),
                include=("withdrawn",),
                name="movie_by_popularity",
            ),
        ),
        migrations.AddIndex(
            model_name="movie",
            index=models.Index(
                models.F("year"),
                models.F("average_rating"),
                condition=models.Q(("owner", None)),
                include=("popularity", "id", "withdrawn"),
                name="movie_by_year",
            ),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(models.F("created_at"), models.F("id"), name="rating_newest"),
        ),
        migrations.AddIndex(
            model_name="reviewreport",
            index=models.Index(models.F("created_at"), models.F("id"), name="review_report_newest"),
        ),
        migrations.RunSQL(BY_GENRE, BY_FOREIGN_KEY),
    ]
