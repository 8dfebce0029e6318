"""Writing ratings: one statement each, and what the film's figures are afterwards."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts.models import User
from accounts.people import closing
from accounts.tests.factories import UserFactory
from movies import tasks
from movies.library import ratings
from movies.models import REVIEW_LENGTH, Movie, Rating
from movies.tests.factories import MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def ana():
    return UserFactory(username="ana")


@pytest.fixture
def movie():
    """A film that nobody has rated, and that was last changed long ago."""
    movie = MovieFactory(title="Heat")
    Movie.objects.filter(pk=movie.pk).update(updated_at=LONG_AGO)
    return movie


def figures(movie):
    return Movie.objects.values_list("ratings_sum", "ratings_count", "average_rating").get(pk=movie.pk)


def values(rating):
    return (rating.user_id, rating.movie_id, rating.rating, rating.review, rating.created_at, rating.updated_at)


# --- What the triggers do ---


def test_an_insert_a_change_and_a_removal_move_the_film(movie, ana):
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


def test_a_rating_is_no_edit_of_the_film(movie, ana):
    ratings.rate(ana, movie, 7)
    ratings.put(ana, movie, 3)
    ratings.remove(Rating.objects.get())
    assert Movie.objects.get(pk=movie.pk).updated_at == LONG_AGO


def test_statements_about_many_ratings_move_each_film_once(movie, ana):
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


def test_a_rating_that_goes_over_to_another_film_takes_its_points_along(movie):
    rating, other = RatingFactory(movie=movie, rating=9), MovieFactory()
    Rating.objects.filter(pk=rating.pk).update(movie=other, rating=2)
    assert (figures(movie), figures(other)[:2]) == ((0, 0, None), (2, 1))


def test_an_upsert_moves_by_what_it_created_and_by_what_it_changed(movie, ana):
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


def test_what_is_rolled_back_has_not_moved_anything(movie, ana):
    with transaction.atomic():
        RatingFactory(movie=movie, user=ana)
        assert figures(movie)[:2] == (7, 1)
        transaction.set_rollback(True)
    assert figures(movie) == (0, 0, None)


def test_the_ratings_of_a_closed_account_go_with_their_points(movie, ana):
    own = MovieFactory(owner=ana, tmdb_id=None)
    RatingFactory(movie=own, user=ana)
    RatingFactory(movie=movie, user=ana, rating=10)
    RatingFactory(movie=movie, rating=4)
    closing.close_account(ana)
    assert figures(movie)[:2] == (4, 1)
    assert not User.objects.filter(pk=ana.pk).exists()
    assert not Movie.objects.filter(pk=own.pk).exists()


def test_a_film_goes_with_its_ratings(movie):
    RatingFactory(movie=movie)
    RatingFactory(movie=movie)
    movie.delete()
    assert not Rating.objects.exists()


def test_the_database_takes_no_other_rating(movie, ana):
    for wrong in (0, 11):
        with pytest.raises(IntegrityError, match="rating_from_1_to_10"), transaction.atomic():
            RatingFactory(movie=movie, rating=wrong)
    with pytest.raises(IntegrityError, match="rating_review_length"), transaction.atomic():
        RatingFactory(movie=movie, review="x" * (REVIEW_LENGTH + 1))
    assert figures(movie) == (0, 0, None)


# --- rate ---


def test_a_first_rating(movie, ana, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        rating = ratings.rate(ana, movie, 8, "  Loud.\r\n\r\nLong.  ")
    assert asked[0]["sql"].startswith("INSERT")
    stored = Rating.objects.get()
    assert values(stored) == values(rating)
    assert (stored.rating, stored.review) == (8, "Loud.\n\nLong.")
    assert stored.created_at == stored.updated_at
    assert figures(movie)[:2] == (8, 1)


def test_a_rating_given_elsewhere_keeps_its_time(movie, ana):
    assert ratings.rate(ana, movie, 8, at=LONG_AGO).created_at == LONG_AGO
    assert Rating.objects.get().updated_at == LONG_AGO


def test_nobody_rates_twice(movie, ana):
    ratings.rate(ana, movie, 8)
    with pytest.raises(IntegrityError, match="rating_one_per_user_and_movie"), transaction.atomic():
        ratings.rate(ana, movie, 9)
    assert figures(movie)[:2] == (8, 1)


# --- put and change ---


def test_put_creates_and_then_changes_in_one_statement(movie, ana, django_assert_num_queries):
    with django_assert_num_queries(1):
        first = ratings.put(ana, movie, 3, "Meh.")
    Rating.objects.update(created_at=LONG_AGO, updated_at=LONG_AGO)
    before = timezone.now()
    with django_assert_num_queries(1):
        second = ratings.put(ana, movie, 9)
    assert second.pk == first.pk
    assert values(Rating.objects.get()) == values(second)
    assert (second.rating, second.review, second.created_at) == (9, "Meh.", LONG_AGO)
    assert second.updated_at >= before
    assert figures(movie)[:2] == (9, 1)
    assert ratings.put(ana, movie, 9, "").review == ""


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        ({}, False),
        ({"rating": 5}, False),
        ({"review": "So so."}, False),
        ({"rating": 5, "review": " So so. \r\n"}, False),
        ({"rating": 6}, True),
        ({"review": ""}, True),
        ({"rating": 6, "review": "Better."}, True),
    ],
)
@pytest.mark.parametrize("how", ["change", "change by id", "put"])
def test_updated_at_moves_when_something_changed(movie, ana, given, moved, how):
    rating = ratings.rate(ana, movie, 5, "So so.", at=LONG_AGO)
    if how == "put":
        answer = ratings.put(ana, movie, **{"rating": 5} | given)
    else:
        answer = ratings.change(rating if how == "change" else rating.pk, **given)
    stored = Rating.objects.get()
    assert values(stored) == values(answer)
    assert (stored.rating, stored.review) == (given.get("rating", 5), given.get("review", "So so.").strip())
    assert (stored.updated_at > LONG_AGO, stored.created_at) == (moved, LONG_AGO)
    assert figures(movie)[:2] == (stored.rating, 1)


def test_a_change_is_one_statement(movie, ana, django_assert_num_queries):
    rating = ratings.rate(ana, movie, 5)
    with django_assert_num_queries(1) as asked:
        ratings.change(rating, rating=6)
    assert asked[0]["sql"].strip().startswith("UPDATE")


def test_what_is_gone_is_not_changed_and_goes_again(movie, ana):
    rating = ratings.rate(ana, movie, 5)
    ratings.remove(rating)
    ratings.remove(rating)
    with pytest.raises(Rating.DoesNotExist):
        ratings.change(rating, rating=6)
    assert figures(movie) == (0, 0, None)


# --- What is refused ---


@pytest.mark.parametrize("wrong", [0, 11, -1, 10**20])
def test_ratings_go_from_1_to_10(movie, ana, wrong):
    rating = RatingFactory(user=ana)
    for write in (ratings.rate, ratings.put):
        with pytest.raises(ValidationError) as refused:
            write(ana, movie, wrong)
        assert refused.value.message_dict == {"rating": ["Rate from 1 to 10."]}
    with pytest.raises(ValidationError):
        ratings.change(rating, rating=wrong)
    assert Rating.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        (" \n\t ", ""),
        ("a\tb\rc\r\nd", "a b\nc\nd"),
        ("bell\x07 null\x00 escape\x1b[31m del\x7f c1\x85.", "bell null escape[31m del c1."),
        ("素晴らしい 🎬 رائع", "素晴らしい 🎬 رائع"),
        (" \x00 x \x00 ", "x"),
        (" " * 50 + "x" * REVIEW_LENGTH + "\r\n", "x" * REVIEW_LENGTH),
        ("\r\n".join("x" * 5_000), "\n".join("x" * 5_000)),
    ],
)
def test_what_becomes_of_a_review(movie, ana, typed, stored):
    assert ratings.rate(ana, movie, 5, typed).review == stored
    assert Rating.objects.get().review == stored


def test_a_review_that_is_too_long_is_refused(movie, ana):
    with pytest.raises(ValidationError) as refused:
        ratings.put(ana, movie, 5, "x" * 10_001)
    assert refused.value.message_dict == {"review": ["A review has at most 10,000 characters; this has 10,001."]}


# --- The nightly check ---


def damage(movie, points, count):
    Movie.objects.filter(pk=movie.pk).update(ratings_sum=points, ratings_count=count)


def test_films_that_went_astray_are_mended_and_told(events):
    films = [RatingFactory(rating=8).movie for _ in range(3)]
    empty = MovieFactory()
    damage(films[0], 9, 1)
    damage(films[1], 0, 0)
    damage(empty, 20, 2)
    tasks.mend_ratings()
    (said,) = events("ratings_drift_mended")
    assert (said["films"], said["ids"]) == (3, [films[0].pk, films[1].pk, empty.pk])
    assert [figures(film)[:2] for film in (*films, empty)] == [(8, 1), (8, 1), (8, 1), (0, 0)]
    assert events("ratings_exact") == []

    assert ratings.mend_drift() == 0
    assert len(events("ratings_drift_mended")) == len(events("ratings_exact")) == 1


def test_many_films_are_mended_in_parts_and_some_of_them_named(events, monkeypatch):
    monkeypatch.setattr(ratings, "MENDED_AT_ONCE", 2)
    monkeypatch.setattr(ratings, "MENDED_IN_LOG", 3)
    films = [MovieFactory() for _ in range(5)]
    Movie.objects.update(ratings_sum=5, ratings_count=1)
    assert ratings.mend_drift() == 5
    (said,) = events("ratings_drift_mended")
    assert (said["films"], said["ids"]) == (5, [film.pk for film in films[:3]])
    assert Movie.objects.aggregate(all=Sum("ratings_sum"))["all"] == 0


def test_a_film_that_was_mended_meanwhile_does_not_count():
    movie = RatingFactory(rating=3).movie
    assert ratings.mend([movie.pk, movie.pk + 1]) == []
    assert figures(movie)[:2] == (3, 1)


def test_the_check_runs_every_night_at_three(settings):
    entry = settings.CELERY_BEAT_SCHEDULE["ratings"]
    assert entry["task"] == tasks.mend_ratings.name
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3}, {0})


def test_the_triggers_write_films_in_the_order_of_their_ids(movie):
    """So that two statements about the same films wait for each other in a line, not in a circle."""
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
