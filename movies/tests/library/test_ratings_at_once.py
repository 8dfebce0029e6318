"""Sixteen users rate one film at the same moment."""

import random
import threading
from contextlib import contextmanager
from itertools import cycle

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Sum

from accounts.tests.factories import UserFactory
from movies.library import ratings
from movies.models import Movie, Rating
from movies.tests.at_once import at_once
from movies.tests.factories import MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, WRITES, ROUNDS = 16, 200, 20


@pytest.fixture
def movie():
    return MovieFactory(title="Heat")


@pytest.fixture
def people():
    return [UserFactory() for _ in range(12)]


def stored_figures(movie):
    return Movie.objects.values_list("ratings_sum", "ratings_count").get(pk=movie.pk)


def true_figures(movie):
    truth = Rating.objects.filter(movie=movie).aggregate(points=Sum("rating"), ratings=Count("id"))
    return (truth["points"] or 0, truth["ratings"])


def one_write(movie, user, chance):
    """Create, save, change or delete a rating in one statement, whichever fits.

    There are fewer users than threads, so that they write the same ratings too.
    """
    mine = Rating.objects.filter(user=user, movie=movie).first()
    how = chance.choice(["rate", "save", "save", "change", "delete"])
    try:
        if how == "rate" or (mine is None and how != "save"):
            ratings.rate_film(user, movie, chance.randint(1, 10))
        elif how == "save":
            ratings.save_rating(user, movie, chance.randint(1, 10))
        elif how == "change":
            ratings.change_rating(mine, rating=chance.randint(1, 10))
        else:
            ratings.delete_rating(mine)
    except (IntegrityError, Rating.DoesNotExist):
        pass  # another thread was quicker


def write_at_once(movie, people, write):
    """Make WRITES writes by THREADS, which wait for one another before each write."""
    together = threading.Barrier(THREADS)
    each, over = divmod(WRITES, THREADS)

    def visitor(thread):
        chance, turns = random.Random(thread), cycle(people[thread % len(people) :] + people[: thread % len(people)])

        def act():
            if thread < over:
                write(movie, next(turns), chance)
            for _ in range(each):
                together.wait(60)
                write(movie, next(turns), chance)

        return act

    return at_once([visitor(thread) for thread in range(THREADS)])


def test_the_average_is_exact_after_200_writes_by_16_threads(movie, people):
    assert write_at_once(movie, people, one_write) == [None] * THREADS
    points, count = true_figures(movie)
    assert stored_figures(movie) == (points, count)
    assert count > 0
    average = Movie.objects.get(pk=movie.pk).average_rating
    assert abs(float(average) - points / count) <= 0.005


@contextmanager
def without_triggers():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE movies_rating DISABLE TRIGGER USER")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE movies_rating ENABLE TRIGGER USER")


def write_and_recompute(movie, user, chance):
    """Recompute the figures in a transaction, without the ratings that other transactions have not committed yet."""
    with transaction.atomic():
        ratings.save_rating(user, movie, chance.randint(1, 10))
        points, count = true_figures(movie)
        Movie.objects.filter(pk=movie.pk).update(ratings_sum=points, ratings_count=count)


def test_recomputing_without_a_lock_gives_wrong_figures(movie):
    """The control: as many writes, each of which recomputes the figures.

    A round may end right by chance, so there are several; if all did, the test above could not find the fault.
    """
    people = [UserFactory() for _ in range(THREADS)]
    with without_triggers():
        for _ in range(ROUNDS):
            assert write_at_once(movie, people, write_and_recompute) == [None] * THREADS
            if stored_figures(movie) != true_figures(movie):
                break
        else:
            pytest.fail("Recomputing without a lock was right every time.")
    assert ratings.mend_drift() == 1
    assert stored_figures(movie) == true_figures(movie)


def test_first_ratings_at_once_end_with_one(movie, people):
    answers = at_once([lambda: ratings.rate_film(people[0], movie, 7)] * 8)
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError"] * 7 + ["Rating"]
    assert stored_figures(movie) == (7, 1)


def test_saving_at_once_ends_with_one_rating(movie, people):
    answers = at_once([lambda n=n: ratings.save_rating(people[0], movie, n) for n in range(1, 9)])
    assert len({answer.pk for answer in answers}) == 1
    assert stored_figures(movie) == true_figures(movie)
    assert Rating.objects.get().rating in range(1, 9)


def test_statements_about_many_films_do_not_deadlock():
    films = [MovieFactory() for _ in range(20)]

    def rate_all(order):
        user = UserFactory()
        Rating.objects.bulk_create(Rating(user=user, movie=film, rating=5) for film in order)
        Rating.objects.filter(user=user).update(rating=6)
        Rating.objects.filter(user=user).delete()

    acts = [lambda order=order: rate_all(order) for order in (films, films[::-1]) * 4]
    assert at_once(acts) == [None] * 8
    assert {stored_figures(film) for film in films} == {(0, 0)}


def test_figures_are_corrected_exactly_during_writes(people):
    films = [RatingFactory(rating=8).movie for _ in range(3)]
    mended = []

    # Wrong figures that the constraint of the film allows: a sum between count and 10 x count.
    def damage_and_mend():
        for _ in range(10):
            Movie.objects.filter(pk__in=[film.pk for film in films[:2]]).update(ratings_sum=500, ratings_count=100)
            mended.append(ratings.mend_drift())

    def visitor(thread):
        def act():
            chance = random.Random(thread)
            for _ in range(25):
                film, user = chance.choice(films), chance.choice(people)
                ratings.save_rating(user, film, chance.randint(1, 10))
                if chance.random() < 0.3:
                    Rating.objects.filter(user=user, movie=film).delete()

        return act

    assert at_once([damage_and_mend, *(visitor(thread) for thread in range(8))]) == [None] * 9
    assert [stored_figures(film) for film in films] == [true_figures(film) for film in films]
    assert mended == [2] * 10
