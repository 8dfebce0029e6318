"""The triggers that change a film's figures with its ratings."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from accounts.models import User
from accounts.people import closing
from accounts.tests.factories import UserFactory
from movies.library import ratings
from movies.models import REVIEW_LENGTH, Movie, Rating
from movies.tests.factories import MovieFactory, RatingFactory
from movies.tests.library.figures import LONG_AGO, figures

pytestmark = pytest.mark.django_db


def test_creating_changing_and_deleting_a_rating_changes_the_figures(movie, ana):
    assert figures(movie) == (0, 0, None)
    rating = RatingFactory(movie=movie, user=ana, rating=7)
    assert figures(movie) == (7, 1, Decimal("7.00"))
    RatingFactory(movie=movie, rating=4)
    assert figures(movie) == (11, 2, Decimal("5.50"))
    rating.rating = 10
    rating.save()
    assert figures(movie) == (14, 2, Decimal("7.00"))
    rating.delete()
    assert figures(movie) == (4, 1, Decimal("4.00"))


def test_a_rating_does_not_change_the_films_updated_at(movie, ana):
    ratings.rate_film(ana, movie, 7)
    ratings.save_rating(ana, movie, 3)
    ratings.delete_rating(Rating.objects.get())
    assert Movie.objects.get(pk=movie.pk).updated_at == LONG_AGO


def test_one_statement_about_many_ratings_changes_every_film(movie, ana):
    other = MovieFactory()
    people = [UserFactory() for _ in range(3)]
    Rating.objects.bulk_create(Rating(user=user, movie=film, rating=6) for user in people for film in (movie, other))
    assert (figures(movie)[:2], figures(other)[:2]) == ((18, 3), (18, 3))
    Rating.objects.filter(movie=movie).update(rating=F("rating") + 1)
    assert (figures(movie)[:2], figures(other)[:2]) == ((21, 3), (18, 3))
    Rating.objects.filter(movie=other).update(review="Fine.")
    assert (figures(movie)[:2], figures(other)[:2]) == ((21, 3), (18, 3))
    Rating.objects.filter(user__in=people[:2]).delete()
    assert (figures(movie)[:2], figures(other)[:2]) == ((7, 1), (6, 1))


def test_a_rating_moved_to_another_film_changes_both_films(movie):
    rating, other = RatingFactory(movie=movie, rating=9), MovieFactory()
    Rating.objects.filter(pk=rating.pk).update(movie=other, rating=2)
    assert (figures(movie), figures(other)[:2]) == ((0, 0, None), (2, 1))


def test_an_upsert_counts_created_and_changed_ratings(movie, ana):
    RatingFactory(movie=movie, user=ana, rating=2)
    Rating.objects.bulk_create(
        [Rating(user=ana, movie=movie, rating=9), Rating(user=UserFactory(), movie=movie, rating=5)],
        update_conflicts=True,
        unique_fields=["user", "movie"],
        update_fields=["rating"],
    )
    assert figures(movie)[:2] == (14, 2)
    Rating.objects.bulk_create([Rating(user=ana, movie=movie, rating=1)], ignore_conflicts=True)
    assert figures(movie)[:2] == (14, 2)


def test_a_rollback_restores_the_figures(movie, ana):
    with transaction.atomic():
        RatingFactory(movie=movie, user=ana)
        assert figures(movie)[:2] == (7, 1)
        transaction.set_rollback(True)
    assert figures(movie) == (0, 0, None)


def test_closing_an_account_takes_its_ratings_out_of_the_figures(movie, ana):
    own = MovieFactory(owner=ana, tmdb_id=None)
    RatingFactory(movie=own, user=ana)
    RatingFactory(movie=movie, user=ana, rating=10)
    RatingFactory(movie=movie, rating=4)
    closing.close_account(ana)
    assert figures(movie)[:2] == (4, 1)
    assert not User.objects.filter(pk=ana.pk).exists()
    assert not Movie.objects.filter(pk=own.pk).exists()


def test_deleting_a_film_deletes_its_ratings(movie):
    RatingFactory(movie=movie)
    RatingFactory(movie=movie)
    movie.delete()
    assert not Rating.objects.exists()


def test_the_table_refuses_invalid_ratings(movie, ana):
    for wrong in (0, 11):
        with pytest.raises(IntegrityError, match="rating_from_1_to_10"), transaction.atomic():
            RatingFactory(movie=movie, rating=wrong)
    with pytest.raises(IntegrityError, match="rating_review_length"), transaction.atomic():
        RatingFactory(movie=movie, review="x" * (REVIEW_LENGTH + 1))
    assert figures(movie) == (0, 0, None)


def test_the_triggers_write_films_in_the_order_of_ids(movie):
    """In one order, two statements about the same films cannot deadlock."""
    films = [MovieFactory() for _ in range(5)]
    author = UserFactory()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE written (place bigserial, film bigint)")
        cursor.execute(
            "CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN INSERT INTO written (film) VALUES (NEW.id); RETURN NEW; END $$"
        )
        cursor.execute("CREATE TRIGGER note AFTER UPDATE ON movies_movie FOR EACH ROW EXECUTE FUNCTION pg_temp.note()")
        Rating.objects.bulk_create(Rating(user=author, movie=film, rating=5) for film in reversed(films))
        Rating.objects.filter(user=author).update(rating=6)
        Rating.objects.filter(user=author).delete()
        cursor.execute("SELECT film FROM written ORDER BY place")
        assert [film for (film,) in cursor.fetchall()] == sorted(film.pk for film in films) * 3
        cursor.execute("DROP TRIGGER note ON movies_movie")


def test_rows_without_a_rating_move_nothing(movie):
    RatingFactory(movie=movie, rating=4)
    words = RatingFactory(movie=movie, rating=None, review="Fine.")
    assert figures(movie)[:2] == (4, 1)
    Rating.objects.filter(pk=words.pk).update(rating=8)
    assert figures(movie)[:2] == (12, 2)
    Rating.objects.update(rating=None, review="Fine.")
    assert figures(movie) == (0, 0, None)
    Rating.objects.filter(pk=words.pk).update(review="Good.")
    Rating.objects.all().delete()
    assert figures(movie) == (0, 0, None)
