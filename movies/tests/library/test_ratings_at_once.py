"""Sixteen people rate one film at the same moment, on real PostgreSQL."""

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


def kept(movie):
    return Movie.objects.values_list("ratings_sum", "ratings_count").get(pk=movie.pk)


def counted(movie):
    truth = Rating.objects.filter(movie=movie).aggregate(points=Sum("rating"), ratings=Count("id"))
    return (truth["points"] or 0, truth["ratings"])


def one_write(movie, user, chance):
    """One statement: a first rating, a rating by page, a change or a removal, whichever fits. Fewer people than
    threads, so that they meet on the same ratings too."""
    mine = Rating.objects.filter(user=user, movie=movie).first()
    how = chance.choice(["rate", "put", "put", "change", "remove"])
    try:
        if how == "rate" or (mine is None and how != "put"):
            ratings.rate(user, movie, chance.randint(1, 10))
        elif how == "put":
            ratings.put(user, movie, chance.randint(1, 10))
        elif how == "change":
            ratings.change(mine, rating=chance.randint(1, 10))
        else:
            ratings.remove(mine)
    except (IntegrityError, Rating.DoesNotExist):
        pass  # somebody else was quicker, which changes nothing


def everybody_writes(movie, people, write):
    """WRITES in all by THREADS, who wait for one another before each write so that they always meet."""
    together = threading.Barrier(THREADS)
    each, over = divmod(WRITES, THREADS)

    def visitor(thread):
        chance, turns = random.Random(thread), cycle(people[thread % len(people) :] + people[: thread % len(people)])

        def act():
            if thread < over:
                write(movie, next(turns), chance)
            for _ in range(each):
                together.wait(20)
                write(movie, next(turns), chance)

        return act

    return at_once([visitor(thread) for thread in range(THREADS)])


def test_the_average_is_exact_after_200_writes_by_16_threads(movie, people):
    assert everybody_writes(movie, people, one_write) == [None] * THREADS
    points, count = counted(movie)
    assert kept(movie) == (points, count)
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
    """The obvious way, in a transaction as it should be: each counts without the ratings that others have written
    and not committed yet, and puts its figures over theirs."""
    with transaction.atomic():
        ratings.put(user, movie, chance.randint(1, 10))
        points, count = counted(movie)
        Movie.objects.filter(pk=movie.pk).update(ratings_sum=points, ratings_count=count)


def test_recomputing_without_a_lock_would_go_wrong(movie):
    """The control: as many writes, each of which recomputes the film. A round may end right by luck, so there are
    more of them; that all did would mean that this test cannot see the fault that the other one is about."""
    people = [UserFactory() for _ in range(THREADS)]
    with without_triggers():
        for _ in range(ROUNDS):
            assert everybody_writes(movie, people, write_and_recompute) == [None] * THREADS
            if kept(movie) != counted(movie):
                break
        else:
            pytest.fail("Recomputing without a lock was right every time.")
    assert ratings.mend_drift() == 1
    assert kept(movie) == counted(movie)


def test_two_first_ratings_at_once_end_with_one(movie, people):
    answers = at_once([lambda: ratings.rate(people[0], movie, 7)] * 8)
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError"] * 7 + ["Rating"]
    assert kept(movie) == (7, 1)


def test_eight_presses_of_save_at_once_end_with_one_rating(movie, people):
    answers = at_once([lambda n=n: ratings.put(people[0], movie, n) for n in range(1, 9)])
    assert len({answer.pk for answer in answers}) == 1
    assert kept(movie) == counted(movie)
    assert Rating.objects.get().rating in range(1, 9)


def test_statements_about_many_films_do_not_wait_in_a_circle():
    films = [MovieFactory() for _ in range(20)]

    def rate_all(order):
        user = UserFactory()
        Rating.objects.bulk_create(Rating(user=user, movie=film, rating=5) for film in order)
        Rating.objects.filter(user=user).update(rating=6)
        Rating.objects.filter(user=user).delete()

    acts = [lambda order=order: rate_all(order) for order in (films, films[::-1]) * 4]
    assert at_once(acts) == [None] * 8
    assert {kept(film) for film in films} == {(0, 0)}


def test_films_are_mended_exactly_while_others_rate_them(people):
    films = [RatingFactory(rating=8).movie for _ in range(3)]
    mended = []

    # The damage is one that the film's own constraint (a sum between count and 10 x count) bears for a while.
    def damage_and_mend():
        for _ in range(10):
            Movie.objects.filter(pk__in=[film.pk for film in films[:2]]).update(ratings_sum=500, ratings_count=100)
            mended.append(ratings.mend_drift())

    def visitor(thread):
        def act():
            chance = random.Random(thread)
            for _ in range(25):
                film, user = chance.choice(films), chance.choice(people)
                ratings.put(user, film, chance.randint(1, 10))
                if chance.random() < 0.3:
                    Rating.objects.filter(user=user, movie=film).delete()

        return act

    assert at_once([damage_and_mend, *(visitor(thread) for thread in range(8))]) == [None] * 9
    assert [kept(film) for film in films] == [counted(film) for film in films]
    assert mended == [2] * 10
