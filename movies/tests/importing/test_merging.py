"""Lines that name one film in different words, and viewings whose day was not known: nothing of them is lost."""

import json
from datetime import date

import pytest

from movies.importing import applying, dry_run, merging
from movies.library import history
from movies.models import LibraryImport, Rating, Viewing, WatchlistItem
from movies.providers.merging import merge_films
from movies.tests.factories import MovieFactory, RatingFactory, ViewingFactory
from movies.tests.importing.files import LETTERBOXD, document, packed

pytestmark = pytest.mark.django_db

WATCHED = f"{LETTERBOXD}\n2024-01-05,Heat,1995,https://boxd.it/2a"
DIARY = f"{LETTERBOXD},Rating,Rewatch,Tags,Watched Date"


@pytest.fixture
def heat():
    return MovieFactory(title="Heat", original_title="Hitze", year=1995, imdb_id="tt0113277", tmdb_id=949)


def report(job):
    return list(job.rows.values_list("line", "kind", "outcome", "message"))


def days():
    return sorted(viewing.watched_at.date().isoformat() for viewing in Viewing.objects.all())


@pytest.fixture
def import_twice(send, versions):
    """A function that imports a file and returns its report, after checking that the second time writes nothing."""

    def run(content, filename="file.csv"):
        job = send(content, filename)
        checked, counts = report(job), job.counts
        applying.start_applying(job)
        applying.apply_import(job.pk)
        job.refresh_from_db()
        assert (report(job), job.counts, job.progress) == (checked, counts, job.total)
        before = versions()
        again = send(content, filename)
        applying.start_applying(again)
        applying.apply_import(again.pk)
        again.refresh_from_db()
        assert (versions(), again.counts) == (before, {"unchanged": job.total})
        return checked

    return run


class TestOneFilmUnderTwoKeys:
    def test_the_review_of_another_line_is_taken_along(self, import_twice, heat):
        rows = document(
            ratings=[
                {"imdb_id": "tt0113277", "rating": 8, "created_at": "2024-01-02"},
                {"title": "Heat", "year": 1995, "rating": 7, "review": "Loud.", "created_at": "2023-01-02"},
                {"title": "Hitze", "year": 1995, "rating": 6, "created_at": "2022-01-02"},
            ]
        )
        assert import_twice(rows) == [
            (1, "rating", "create", ""),
            (2, "rating", "unchanged", "Its review is taken with line 1."),
            (3, "rating", "unchanged", "Replaced by line 1."),
        ]
        rating = Rating.objects.get()
        assert (rating.rating, rating.review, rating.created_at.date().isoformat()) == (8, "Loud.", "2024-01-02")

    def test_a_rating_is_taken_before_a_later_review(self, import_twice, heat):
        rows = document(
            ratings=[
                {"tmdb_id": 949, "rating": 8},
                {"title": "Heat", "year": 1995, "review": "Loud.", "created_at": "2024-01-02"},
            ]
        )
        assert import_twice(rows)[1] == (2, "rating", "unchanged", "Its review is taken with line 1.")
        rating = Rating.objects.get()
        assert (rating.rating, rating.review, rating.created_at.date().isoformat()) == (8, "Loud.", "2024-01-02")

    def test_a_favourite_stays_one(self, import_twice, heat):
        rows = document(
            watchlist=[
                {"imdb_id": "tt0113277", "is_favorite": True, "added_at": "2023-01-02"},
                {"title": "Heat", "year": 1995, "is_favorite": False, "added_at": "2024-01-02"},
            ]
        )
        assert import_twice(rows) == [
            (1, "watchlist", "unchanged", "Its mark as a favourite is taken with line 2."),
            (2, "watchlist", "create", ""),
        ]
        assert WatchlistItem.objects.get().is_favorite

    def test_viewings_of_every_line_count_and_each_time_once(self, import_twice, heat):
        times = ["2024-05-03", "2024-05-03T19:30:00Z", "2024-06-03", "2024-06-03", "2024-07-03"]
        films = [{"imdb_id": "tt0113277"}, {"title": "Heat", "year": 1995}]
        rows = [films[number % 2] | {"watched_at": at} for number, at in enumerate(times)]
        same = "Another line of the file says the same."
        assert [row[2:] for row in import_twice(document(history=rows))] == [
            ("unchanged", same),
            ("create", ""),
            ("create", ""),
            ("unchanged", same),
            ("create", ""),
        ]
        assert days() == ["2024-05-03", "2024-06-03", "2024-07-03"]

    def test_viewings_without_a_known_day_are_one(self, import_twice, heat):
        text = f"{WATCHED}\n2024-02-05,Hitze,1995,https://boxd.it/2b"
        assert import_twice(text, "watched.csv") == [
            (2, "viewing", "unchanged", "Replaced by line 3."),
            (3, "viewing", "create", ""),
        ]

    def test_lines_of_different_files_of_a_zip(self, import_twice, heat):
        files = {
            "ratings-movies.json": [
                {"rated_at": "2024-03-07", "rating": 8, "movie": {"ids": {"imdb": "tt0113277"}, "title": "x"}}
            ],
            "comments-movies.json": [
                {"comment": {"comment": "Loud.", "created_at": "2024-04-01"}, "movie": {"title": "Heat", "year": 1995}}
            ],
        }
        rows = import_twice(packed({name: json.dumps(data) for name, data in files.items()}), "trakt.zip")
        assert rows[0] == (1, "rating", "unchanged", "Its review is taken with line 1 of ratings-movies.json.")
        assert (Rating.objects.get().rating, Rating.objects.get().review) == (8, "Loud.")

    def test_what_is_merged_fills_what_is_in_the_library(self, send, heat, ana):
        RatingFactory(user=ana, movie=heat, rating=8)
        rows = document(ratings=[{"imdb_id": "tt0113277", "rating": 8}, {"tmdb_id": 949, "review": "Loud."}])
        assert report(send(rows)) == [
            (1, "rating", "change", "Adds the review."),
            (2, "rating", "unchanged", "Its review is taken with line 1."),
        ]

    def test_lines_about_an_own_film_of_the_file(self, send):
        rows = document(
            films=[{"marquee_id": 5, "title": "Holiday"}],
            history=[{"marquee_id": 5, "title": "x", "watched_at": "2024-05-03"}] * 2,
        )
        assert [row[2:] for row in report(send(rows))] == [
            ("create", ""),
            ("create", "With the film of line 1."),
            ("unchanged", "Another line of the file says the same."),
        ]

    def test_a_crash_before_the_end_of_the_check_merges_all_the_same(self, send, heat, monkeypatch, interrupted):
        rows = document(ratings=[{"imdb_id": "tt0113277", "rating": 8}, {"tmdb_id": 949, "review": "Loud."}])
        killed = interrupted(merging, "_save", after=0)
        with pytest.raises(killed):
            send(rows)
        monkeypatch.undo()
        job = LibraryImport.objects.get()
        assert (job.status, job.counts) == ("checking", {"create": 2})
        dry_run.check_import(job.pk)
        job.refresh_from_db()
        assert (job.status, job.counts, job.progress) == ("checked", {"create": 1, "unchanged": 1}, 2)

    def test_films_that_are_merged_after_the_check(self, send, heat):
        twin = MovieFactory(title="Heat again", year=1995, tmdb_id=950)
        rows = document(ratings=[{"imdb_id": "tt0113277", "rating": 8}, {"tmdb_id": 950, "review": "Loud."}])
        job = send(rows)
        assert job.counts == {"create": 2}
        merge_films(heat, twin)
        applying.start_applying(job)
        applying.apply_import(job.pk)
        job.refresh_from_db()
        assert (job.counts, job.progress) == ({"create": 1, "unchanged": 1}, 2)
        assert (Rating.objects.get().rating, Rating.objects.get().review) == (8, "Loud.")


class TestWatchedBeforeTheDiary:
    def test_a_day_of_the_diary_replaces_the_day_of_the_mark(self, import_file, import_twice, heat):
        import_file(WATCHED, "watched.csv")
        diary = f"{DIARY}\n2024-01-05,Heat,1995,u,,,,2019-05-01\n2024-02-05,Heat,1995,u,,,,2021-05-01"
        assert import_twice(diary, "diary.csv") == [
            (2, "viewing", "change", "Replaces your viewing of 5 January 2024, whose day was not known."),
            (3, "viewing", "create", ""),
        ]
        assert days() == ["2019-05-01", "2021-05-01"]
        assert report(import_file(WATCHED, "watched.csv")) == [(2, "viewing", "unchanged", "You have seen it already.")]

    def test_a_day_that_the_diary_has_as_well_stays(self, import_file, import_twice, heat):
        import_file(WATCHED, "watched.csv")
        diary = f"{DIARY}\n2024-01-05,Heat,1995,u,,,,2019-05-01\n2024-02-05,Heat,1995,u,,,,2024-01-05"
        assert [row[2] for row in import_twice(diary, "diary.csv")] == ["create", "unchanged"]
        assert days() == ["2019-05-01", "2024-01-05"]

    def test_a_viewing_that_was_noted_otherwise_stays(self, import_file, heat, ana):
        ViewingFactory(user=ana, movie=heat, watched_at=history.noon_of(date(2024, 1, 5)))
        import_file(WATCHED, "watched.csv")  # known already
        import_file(f"{DIARY}\n2024-01-05,Heat,1995,u,,,,2019-05-01", "diary.csv")
        assert days() == ["2019-05-01", "2024-01-05"]

    def test_a_viewing_that_was_removed_meanwhile_is_not_replaced(self, import_file, send, heat):
        import_file(WATCHED, "watched.csv")
        job = send(f"{DIARY}\n2024-01-05,Heat,1995,u,,,,2019-05-01", "diary.csv")
        Viewing.objects.all().delete()
        applying.start_applying(job)
        applying.apply_import(job.pk)
        assert [row[2:] for row in report(job)] == [("create", "")]
        assert days() == ["2019-05-01"]

    def test_a_time_of_trakt_is_a_viewing_beside_the_others(self, import_file, heat):
        movie = {"title": "Heat", "year": 1995, "ids": {"imdb": "tt0113277"}}
        import_file(json.dumps([{"plays": 1, "last_watched_at": "2024-01-05T20:00:00Z", "movie": movie}]))
        import_file(json.dumps([{"watched_at": "2019-05-01T20:00:00Z", "movie": movie}]))
        assert days() == ["2019-05-01", "2024-01-05"]
