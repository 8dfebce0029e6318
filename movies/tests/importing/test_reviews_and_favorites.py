"""Reviews and favourites that are brought along: what is empty is filled, and what differs is kept."""

import pytest

from movies.importing import applying
from movies.models import Rating, Viewing, WatchlistItem
from movies.tests.factories import MovieFactory, RatingFactory, WatchlistItemFactory
from movies.tests.importing.files import LETTERBOXD, packed

pytestmark = pytest.mark.django_db

RATED = f"{LETTERBOXD},Rating"
REVIEWS = f"{RATED},Rewatch,Review,Tags,Watched Date"
HEAT = "2024-01-05,Heat,1995,https://boxd.it/2a"
REVIEW = f'{REVIEWS}\n{HEAT},4.5,,"<i>Loud</i> &amp; long.",,2024-01-04'


@pytest.fixture
def heat():
    return MovieFactory(title="Heat", year=1995)


def ratings():
    return list(Rating.objects.values_list("rating", "review"))


def report(job):
    return list(job.rows.values_list("kind", "outcome", "message"))


class TestReviews:
    def test_ratings_first_and_reviews_then(self, import_file, heat, versions):
        import_file(f"{RATED}\n{HEAT},4.5", "ratings.csv")
        assert report(import_file(REVIEW, "reviews.csv")) == [
            ("viewing", "create", ""),
            ("rating", "change", "Adds the review."),
        ]
        assert ratings() == [(9, "Loud & long.")]
        before = versions()
        assert import_file(REVIEW, "reviews.csv").counts == {"unchanged": 2}
        assert versions() == before

    def test_a_review_without_stars_is_imported_and_counts_in_no_average(self, import_file, heat):
        text = f"{REVIEWS}\n{HEAT},,,Only words.,,"
        assert report(import_file(text)) == [("rating", "create", "")]
        assert ratings() == [(None, "Only words.")]
        heat.refresh_from_db()
        assert (heat.ratings_count, heat.average_rating) == (0, None)
        assert import_file(text).counts == {"unchanged": 1}

    def test_a_missing_rating_is_filled(self, import_file, heat, ana):
        RatingFactory(user=ana, movie=heat, rating=None, review="Mine.")
        job = import_file(REVIEW)
        assert report(job)[1] == (
            "rating",
            "change",
            "Adds the rating. Your review stays.",
        )
        assert ratings() == [(9, "Mine.")]

    def test_a_review_is_added_and_another_rating_is_kept(self, import_file, heat, ana):
        RatingFactory(user=ana, movie=heat, rating=3)
        job = import_file(REVIEW)
        assert report(job)[1] == ("rating", "change", "Adds the review. Your rating of 3 out of 10 stays.")
        assert ratings() == [(3, "Loud & long.")]
        assert report(import_file(REVIEW, overwrite=True))[1] == ("rating", "change", "You rated it 3 out of 10.")
        assert ratings() == [(9, "Loud & long.")]

    def test_what_is_written_meanwhile_stays(self, send, heat, ana):
        rating = RatingFactory(user=ana, movie=heat, rating=9)
        job = send(REVIEW)
        Rating.objects.filter(pk=rating.pk).update(review="Just written.")
        applying.start_applying(job)
        applying.apply_import(job.pk)
        assert ratings() == [(9, "Just written.")]
        assert job.rows.get(kind="rating").outcome == "kept"


class TestFavorites:
    LIKES = f"{LETTERBOXD}\n{HEAT}"

    def test_a_like_goes_on_the_watchlist_as_a_favourite(self, import_file, heat, ana):
        assert report(import_file(self.LIKES, "films.csv")) == [
            ("favorite", "create", "Goes on your watchlist as a favourite.")
        ]
        item = WatchlistItem.objects.get()
        assert (item.user, item.movie, item.is_favorite, item.added_at.date().isoformat()) == (
            ana, heat, True, "2024-01-05")  # fmt: skip
        assert report(import_file(self.LIKES, "films.csv")) == [("favorite", "unchanged", "")]

    def test_a_film_of_the_watchlist_becomes_a_favourite(self, import_file, heat, ana):
        item = WatchlistItemFactory(user=ana, movie=heat)
        assert report(import_file(self.LIKES, "films.csv")) == [("favorite", "change", "Becomes a favourite.")]
        item.refresh_from_db()
        assert item.is_favorite


class TestZips:
    def files(self):
        return {
            "watched.csv": f"{LETTERBOXD}\n{HEAT}",
            "ratings.csv": f"{RATED}\n{HEAT},4.5",
            "diary.csv": f"{RATED},Rewatch,Tags,Watched Date\n{HEAT},4.5,,,2024-01-04",
            "reviews.csv": REVIEW,
            "watchlist.csv": f"{LETTERBOXD}\n{HEAT}",
            "likes/films.csv": f"{LETTERBOXD}\n{HEAT}",
        }

    def test_one_zip_gives_one_report_and_is_imported_once(self, import_file, heat, ana, versions):
        content = packed(self.files())
        job = import_file(content, "letterboxd.zip")
        assert (job.status, job.total, job.progress, job.counts) == ("done", 8, 8, {"create": 4, "unchanged": 4})
        assert list(job.rows.values_list("file", "line", "kind", "outcome")) == [
            ("diary.csv", 2, "viewing", "create"),
            ("diary.csv", 2, "rating", "unchanged"),
            ("likes/films.csv", 2, "favorite", "create"),
            ("ratings.csv", 2, "rating", "create"),
            ("reviews.csv", 2, "viewing", "unchanged"),
            ("reviews.csv", 2, "rating", "unchanged"),
            ("watched.csv", 2, "viewing", "unchanged"),
            ("watchlist.csv", 2, "watchlist", "create"),
        ]
        messages = dict(job.rows.exclude(message="").values_list("file", "message"))
        assert messages["reviews.csv"] == "Its review is taken with line 2 of ratings.csv."
        assert messages["watched.csv"] == "Replaced by line 2 of reviews.csv."
        assert ratings() == [(9, "Loud & long.")]
        assert [viewing.watched_at.date().isoformat() for viewing in Viewing.objects.all()] == ["2024-01-04"]
        assert WatchlistItem.objects.get().is_favorite
        before = versions()
        assert import_file(content, "letterboxd.zip").counts == {"unchanged": 8}
        assert versions() == before


def test_a_film_a_year_off_is_said(send):
    MovieFactory(title="Heat", year=1972), MovieFactory(title="Heat", year=1995)
    job = send(f"{RATED}\n2024-01-05,Heat,1996,u,4.5\n2024-01-05,Heat,1972,u,4")
    assert list(job.rows.values_list("movie__year", "outcome", "note")) == [
        (1995, "create", "A year off: our film is of 1995."),
        (1972, "create", ""),
    ]
