"""Applying: a checked file is written to the library, once, whatever happens meanwhile."""

from base64 import b64encode

import pytest
from django.utils import timezone

from accounts.tests.factories import ManagerFactory
from movies.catalogue import editing
from movies.importing import applying
from movies.models import Movie, Rating, Viewing, WatchlistItem
from movies.posters import store
from movies.posters.store import StoreUnavailable
from movies.tests.factories import MovieFactory, RatingFactory, WatchlistItemFactory
from movies.tests.importing.files import RATINGS, document, jpeg

pytestmark = pytest.mark.django_db


class TestRows:
    def test_each_kind_is_written_with_its_date(self, import_file, ana):
        film = MovieFactory(title="Heat", year=1995)
        text = document(
            ratings=[
                {"title": "Heat", "year": 1995, "rating": 8, "review": "Loud.", "created_at": "2024-01-02T03:04:05Z"}
            ],
            watchlist=[{"title": "Heat", "year": 1995, "is_favorite": True, "added_at": "2024-02-02T00:00:00Z"}],
            history=[{"title": "Heat", "year": 1995, "watched_at": "2024-03-02", "source": "ticket"}],
        )
        job = import_file(text)
        assert (job.status, job.counts, job.progress) == ("done", {"create": 3}, 3)
        assert job.finished_at is not None
        assert set(job.rows.values_list("applied", flat=True)) == {True}
        rating, item, viewing = Rating.objects.get(), WatchlistItem.objects.get(), Viewing.objects.get()
        assert (rating.movie, rating.user, rating.rating, rating.review) == (film, ana, 8, "Loud.")
        assert rating.created_at.isoformat() == rating.updated_at.isoformat() == "2024-01-02T03:04:05+00:00"
        assert (item.movie, item.user, item.is_favorite) == (film, ana, True)
        assert item.added_at.isoformat() == "2024-02-02T00:00:00+00:00"
        assert (viewing.movie, viewing.user, viewing.source) == (film, ana, "by_hand")
        assert viewing.watched_at.isoformat() == "2024-03-02T12:00:00+00:00"
        film.refresh_from_db()
        assert (film.ratings_sum, film.ratings_count) == (8, 1)

    def test_a_row_without_a_date_is_dated_now(self, import_file):
        MovieFactory(title="Heat", year=1995)
        before = timezone.now()
        import_file("marquee_id,title,year,rating\n,Heat,1995,8")
        assert before < Rating.objects.get().created_at < timezone.now()

    def test_existing_rows_change_only_with_overwrite(self, import_file, ana):
        rating = RatingFactory(user=ana, rating=7, review="Old.", movie__title="Heat", movie__year=1995)
        item = WatchlistItemFactory(user=ana, movie=rating.movie)
        text = document(
            ratings=[{"title": "Heat", "year": 1995, "rating": 8, "review": "New."}],
            watchlist=[{"title": "Heat", "year": 1995, "is_favorite": True}],
        )
        assert import_file(text).counts == {"kept": 2}
        rating.refresh_from_db(), item.refresh_from_db()
        assert (rating.rating, rating.review, item.is_favorite) == (7, "Old.", False)
        assert import_file(text, overwrite=True).counts == {"change": 2}
        created = rating.created_at
        rating.refresh_from_db(), item.refresh_from_db()
        assert (rating.rating, rating.review, rating.created_at, item.is_favorite) == (8, "New.", created, True)
        rating.movie.refresh_from_db()
        assert (rating.movie.ratings_sum, rating.movie.ratings_count) == (8, 1)

    def test_the_same_file_again_writes_nothing(self, import_file, versions):
        for title in ("A", "B"):
            MovieFactory(title=title, year=1999)
        text = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
        text += "2024-01-05,A,1999,u,4,,,2024-01-04\n2024-01-06,B,1999,v,,,,2024-01-05\n"
        text += "2024-02-05,A,1999,w,5,Yes,,2024-02-04"
        assert import_file(text).counts == {"create": 4, "unchanged": 1}
        before = versions()
        assert import_file(text).counts == {"unchanged": 5}
        assert import_file(text, overwrite=True).counts == {"unchanged": 5}
        assert versions() == before

    def test_the_number_of_queries_does_not_grow_with_the_rows(self, send, django_assert_num_queries):
        for number in (1, 3):
            for n in range(number):
                MovieFactory(title=f"F{number}{n}", year=1999)
            job = send(RATINGS + "\n".join(f",F{number}{n},1999,8,," for n in range(number)))
            applying.start_applying(job)
            with django_assert_num_queries(20):
                applying.apply_import(job.pk)


class TestOwnFilms:
    def test_films_imported_by_a_manager_are_private(self, import_file):
        """Other films that a manager creates are in the catalogue."""
        manager = ManagerFactory()
        assert import_file(document(films=[{"title": "Holiday"}]), user=manager).counts == {"create": 1}
        assert Movie.objects.get().owner == manager

    def test_existing_films_change_only_with_overwrite(self, import_file, ana):
        film = MovieFactory(owner=ana, tmdb_id=None, title="Holiday", year=None, runtime=5, overview="Sun.")
        text = document(films=[{"title": "Holiday", "runtime": 6}])
        assert import_file(text).counts == {"kept": 1}
        assert import_file(text, overwrite=True).counts == {"change": 1}
        film.refresh_from_db()
        assert (film.runtime, film.overview) == (6, "Sun.")
        assert Movie.objects.count() == 1

    def test_a_missing_poster_is_added(self, import_file, ana):
        film = MovieFactory(owner=ana, tmdb_id=None, title="Holiday", year=None, runtime=None)
        text = document(films=[{"title": "Holiday", "poster": jpeg()}])
        assert import_file(text).counts == {"change": 1}
        film.refresh_from_db()
        assert film.poster_key
        assert import_file(text, overwrite=True).counts == {"unchanged": 1}

    @pytest.mark.parametrize("poster", ["no base64!", "", b64encode(b"no picture").decode()])
    def test_a_film_with_an_unreadable_poster_is_imported(self, import_file, poster):
        job = import_file(document(films=[{"title": "Holiday", "poster": poster}]))
        assert job.counts == {"create": 1}
        assert Movie.objects.get().poster_key == ""
        assert job.rows.get().message == ("Its poster could not be read." if poster else "")

    def test_a_film_is_imported_while_the_poster_store_is_down(self, import_file, monkeypatch):
        def away(*args):
            raise StoreUnavailable

        monkeypatch.setattr(store, "write", away)
        job = import_file(document(films=[{"title": "Holiday", "poster": jpeg()}]))
        assert job.rows.get().message.startswith("Its poster could not be stored")
        monkeypatch.undo()
        assert import_file(document(films=[{"title": "Holiday", "poster": jpeg()}])).counts == {"change": 1}
        assert Movie.objects.get().poster_key

    def test_films_beyond_the_limit_are_invalid(self, import_file, monkeypatch):
        monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 1)
        films = [{"title": "A", "marquee_id": 1}, {"title": "B", "marquee_id": 2}]
        job = import_file(document(films=films, ratings=[{"title": "B", "marquee_id": 2, "rating": 5}]))
        assert list(job.rows.values_list("outcome", "message", "applied")) == [
            ("create", "", True),
            ("invalid", "You can have at most 1 films of your own.", False),
            ("unmatched", "This film no longer exists.", False),
        ]
        assert (job.status, job.counts) == ("done", {"create": 1, "invalid": 1, "unmatched": 1})


class TestChangesSinceTheDryRun:
    """The library may change between the dry run and the import."""

    @pytest.fixture
    def checked(self, send):
        self.film = MovieFactory(title="Heat", year=1995)
        return send(RATINGS + ",Heat,1995,8,,")

    def finish(self, job):
        applying.start_applying(job)
        applying.apply_import(job.pk)
        job.refresh_from_db()
        assert (job.status, job.progress) == ("done", job.total)
        return list(job.rows.values_list("outcome", "message", "applied"))

    def test_a_film_rated_meanwhile_keeps_its_rating(self, checked, ana):
        RatingFactory(user=ana, movie=self.film, rating=3)
        assert self.finish(checked) == [("kept", "You rated it 3 out of 10.", False)]
        assert Rating.objects.get().rating == 3
        assert checked.counts == {"kept": 1}

    def test_rows_of_a_deleted_film_are_unmatched(self, checked):
        self.film.delete()
        assert self.finish(checked) == [("unmatched", "This film no longer exists.", False)]

    def test_a_film_rated_while_applying_keeps_its_rating(self, checked, ana, monkeypatch):
        create = applying._create

        def later(rows, job):
            RatingFactory(user=ana, movie=self.film, rating=3)
            create(rows, job)

        monkeypatch.setattr(applying, "_create", later)
        self.finish(checked)
        assert Rating.objects.get().rating == 3

    def test_a_rating_removed_while_applying_stays_removed(self, send, ana, monkeypatch):
        RatingFactory(user=ana, movie__title="Heat", movie__year=1995)
        change = applying._change

        def later(rows, library):
            Rating.objects.all().delete()
            change(rows, library)

        job = send(RATINGS + ",Heat,1995,8,,", overwrite=True)
        monkeypatch.setattr(applying, "_change", later)
        self.finish(job)
        assert not Rating.objects.exists()

    def test_rows_of_a_deleted_own_film_are_unmatched(self, send, ana):
        film = MovieFactory(owner=ana, tmdb_id=None, title="Holiday", year=None, runtime=5)
        job = send(document(films=[{"title": "Holiday", "runtime": 6}]), overwrite=True)
        film.delete()
        assert self.finish(job) == [("unmatched", "This film no longer exists.", False)]
