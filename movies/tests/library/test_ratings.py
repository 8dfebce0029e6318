"""Writes of ratings: one statement each."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from movies.library import ratings
from movies.models import REVIEW_LENGTH, Rating
from movies.tests.factories import RatingFactory
from movies.tests.library.figures import LONG_AGO, figures

pytestmark = pytest.mark.django_db


def values(rating):
    return (rating.user_id, rating.movie_id, rating.rating, rating.review, rating.created_at, rating.updated_at)


def test_rating_a_film_is_one_insert(movie, ana, django_assert_num_queries):
    with django_assert_num_queries(1) as queries:
        rating = ratings.rate_film(ana, movie, 8, "  Loud.\r\n\r\nLong.  ")
    assert queries[0]["sql"].startswith("INSERT")
    stored = Rating.objects.get()
    assert values(stored) == values(rating)
    assert (stored.rating, stored.review) == (8, "Loud.\n\nLong.")
    assert stored.created_at == stored.updated_at
    assert figures(movie)[:2] == (8, 1)


def test_an_imported_rating_keeps_its_time(movie, ana):
    assert ratings.rate_film(ana, movie, 8, at=LONG_AGO).created_at == LONG_AGO
    assert Rating.objects.get().updated_at == LONG_AGO


def test_a_user_cannot_rate_a_film_twice(movie, ana):
    ratings.rate_film(ana, movie, 8)
    with pytest.raises(IntegrityError, match="rating_one_per_user_and_movie"), transaction.atomic():
        ratings.rate_film(ana, movie, 9)
    assert figures(movie)[:2] == (8, 1)


def test_saving_creates_or_changes_in_one_statement(movie, ana, django_assert_num_queries):
    with django_assert_num_queries(1):
        first = ratings.save_rating(ana, movie, 3, "Meh.")
    Rating.objects.update(created_at=LONG_AGO, updated_at=LONG_AGO)
    before = timezone.now()
    with django_assert_num_queries(1):
        second = ratings.save_rating(ana, movie, 9)
    assert second.pk == first.pk
    assert values(Rating.objects.get()) == values(second)
    assert (second.rating, second.review, second.created_at) == (9, "Meh.", LONG_AGO)
    assert second.updated_at >= before
    assert figures(movie)[:2] == (9, 1)
    assert ratings.save_rating(ana, movie, 9, "").review == ""


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
@pytest.mark.parametrize("how", ["change", "change by id", "save"])
def test_updated_at_changes_only_with_a_value(movie, ana, given, moved, how):
    rating = ratings.rate_film(ana, movie, 5, "So so.", at=LONG_AGO)
    if how == "save":
        answer = ratings.save_rating(ana, movie, **{"rating": 5} | given)
    else:
        answer = ratings.change_rating(rating if how == "change" else rating.pk, **given)
    stored = Rating.objects.get()
    assert values(stored) == values(answer)
    assert (stored.rating, stored.review) == (given.get("rating", 5), given.get("review", "So so.").strip())
    assert (stored.updated_at > LONG_AGO, stored.created_at) == (moved, LONG_AGO)
    assert figures(movie)[:2] == (stored.rating, 1)


def test_a_change_is_one_statement(movie, ana, django_assert_num_queries):
    rating = ratings.rate_film(ana, movie, 5)
    with django_assert_num_queries(1) as queries:
        ratings.change_rating(rating, rating=6)
    assert queries[0]["sql"].strip().startswith("UPDATE")


def test_a_deleted_rating_cannot_be_changed_but_deleted_again(movie, ana):
    rating = ratings.rate_film(ana, movie, 5)
    ratings.delete_rating(rating)
    ratings.delete_rating(rating)
    with pytest.raises(Rating.DoesNotExist):
        ratings.change_rating(rating, rating=6)
    assert figures(movie) == (0, 0, None)


@pytest.mark.parametrize("wrong", [0, 11, -1, 10**20])
def test_ratings_go_from_1_to_10(movie, ana, wrong):
    rating = RatingFactory(user=ana)
    for write in (ratings.rate_film, ratings.save_rating):
        with pytest.raises(ValidationError) as error:
            write(ana, movie, wrong)
        assert error.value.message_dict == {"rating": ["Rate from 1 to 10."]}
    with pytest.raises(ValidationError):
        ratings.change_rating(rating, rating=wrong)
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
        ("turned\u202e round\u200b, \u200b", "turned round,"),
        ("\u200b\u202e ", ""),
        (" " * 50 + "x" * REVIEW_LENGTH + "\r\n", "x" * REVIEW_LENGTH),
        ("\r\n".join("x" * 5_000), "\n".join("x" * 5_000)),
    ],
)
def test_reviews_are_stored_clean(movie, ana, typed, stored):
    assert ratings.rate_film(ana, movie, 5, typed).review == stored
    assert Rating.objects.get().review == stored


def test_a_review_that_is_too_long_is_refused(movie, ana):
    with pytest.raises(ValidationError) as error:
        ratings.save_rating(ana, movie, 5, "x" * 10_001)
    assert error.value.message_dict == {"review": ["A review has at most 10,000 characters; this has 10,001."]}


class TestReviewsWithoutRating:
    def test_a_review_needs_no_rating_and_moves_no_figures(self, movie, ana):
        row = ratings.rate_film(ana, movie, review="Only words.")
        assert (row.rating, row.review, str(row)) == (None, "Only words.", "review")
        assert figures(movie) == (0, 0, None)
        assert ratings.save_rating(ana, movie, None, "Other words.").review == "Other words."
        assert ratings.mend_drift() == 0

    def test_a_rating_is_added_and_a_stored_one_stays_without_a_new_one(self, movie, ana):
        ratings.rate_film(ana, movie, review="Only words.")
        assert ratings.save_rating(ana, movie, 8).review == "Only words."
        assert figures(movie)[:2] == (8, 1)
        assert ratings.save_rating(ana, movie, None, "Better.").rating == 8

    @pytest.mark.parametrize("write", [ratings.rate_film, ratings.save_rating])
    def test_something_must_be_said(self, movie, ana, write):
        with pytest.raises(ValidationError, match="or write a review"):
            write(ana, movie, None, " ")
        assert not Rating.objects.exists()

    def test_the_last_word_is_not_taken_away(self, movie, ana):
        row = ratings.rate_film(ana, movie, review="Only words.")
        with pytest.raises(ValidationError, match="You can delete it instead"):
            ratings.change_rating(row, review="")
        with pytest.raises(IntegrityError, match="rating_or_review"), transaction.atomic():
            Rating.objects.update(review="")

    def test_an_unchanged_review_keeps_its_time(self, movie, ana):
        row = ratings.rate_film(ana, movie, review="Only words.", at=LONG_AGO)
        assert ratings.change_rating(row, review="Only words.").updated_at == LONG_AGO
        assert ratings.save_rating(ana, movie, None, "Only words.").updated_at == LONG_AGO
