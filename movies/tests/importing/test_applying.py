"""Bringing in: what was checked is written, once, whatever happens meanwhile."""

import json
from base64 import b64encode
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from PIL import Image

from accounts.tests.factories import ManagerFactory, UserFactory
from common.errors import Conflict
from movies.catalogue import editing
from movies.importing import applying, cleanup, own_films, working
from movies.importing.working import Status
from movies.models import LibraryImport, LibraryImportRow, Movie, Rating, Viewing, WatchlistItem
from movies.posters import store
from movies.posters.store import StoreUnavailable
from movies.tests.factories import MovieFactory, RatingFactory, WatchlistItemFactory
from tests.conftest import wait_until

pytestmark = pytest.mark.django_db

RATINGS = "marquee_id,title,year,rating,review,created_at\n"


def jpeg():
    file = BytesIO()
    Image.new("RGB", (200, 300)).save(file, "JPEG")
    return b64encode(file.getvalue()).decode()


def document(**lists):
    return json.dumps({"marquee": 1} | lists)


@pytest.fixture
def sent(monkeypatch):
    """The messages to the workers."""
    messages = []
    monkeypatch.setattr(
        working.current_app, "send_task", lambda name, args, **options: messages.append((name, *args, options))
    )
    return messages


class TestWhatIsWritten:
    def test_each_kind_with_its_date(self, bring_in, ana):
        film = MovieFactory(title="Heat", year=1995)
        text = document(
            ratings=[
                {"title": "Heat", "year": 1995, "rating": 8, "review": "Loud.", "created_at": "2024-01-02T03:04:05Z"}
            ],
            watchlist=[{"title": "Heat", "year": 1995, "is_favorite": True, "added_at": "2024-02-02T00:00:00Z"}],
            history=[{"title": "Heat", "year": 1995, "watched_at": "2024-03-02", "source": "ticket"}],
        )
        job = bring_in(text)
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

    def test_without_a_date_it_is_now(self, bring_in):
        MovieFactory(title="Heat", year=1995)
        before = timezone.now()
        bring_in("marquee_id,title,year,rating\n,Heat,1995,8")
        assert before < Rating.objects.get().created_at < timezone.now()

    def test_a_change_only_when_asked_for(self, bring_in, ana):
        rating = RatingFactory(user=ana, rating=7, review="Old.", movie__title="Heat", movie__year=1995)
        item = WatchlistItemFactory(user=ana, movie=rating.movie)
        text = document(
            ratings=[{"title": "Heat", "year": 1995, "rating": 8, "review": "New."}],
            watchlist=[{"title": "Heat", "year": 1995, "is_favorite": True}],
        )
        assert bring_in(text).counts == {"kept": 2}
        rating.refresh_from_db(), item.refresh_from_db()
        assert (rating.rating, rating.review, item.is_favorite) == (7, "Old.", False)
        assert bring_in(text, overwrite=True).counts == {"change": 2}
        created = rating.created_at
        rating.refresh_from_db(), item.refresh_from_db()
        assert (rating.rating, rating.review, rating.created_at, item.is_favorite) == (8, "New.", created, True)
        rating.movie.refresh_from_db()
        assert (rating.movie.ratings_sum, rating.movie.ratings_count) == (8, 1)

    def test_the_same_file_again_writes_nothing(self, bring_in, versions):
        for title in ("A", "B"):
            MovieFactory(title=title, year=1999)
        text = "Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date\n"
        text += "2024-01-05,A,1999,u,4,,,2024-01-04\n2024-01-06,B,1999,v,,,,2024-01-05\n"
        text += "2024-02-05,A,1999,w,5,Yes,,2024-02-04"
        assert bring_in(text).counts == {"create": 4, "unchanged": 1}
        before = versions()
        assert bring_in(text).counts == {"unchanged": 5}
        assert bring_in(text, overwrite=True).counts == {"unchanged": 5}
        assert versions() == before

    def test_queries_do_not_grow_with_the_rows(self, send, django_assert_num_queries):
        for number in (1, 3):
            for n in range(number):
                MovieFactory(title=f"F{number}{n}", year=1999)
            job = send(RATINGS + "\n".join(f",F{number}{n},1999,8,," for n in range(number)))
            applying.begin(job)
            with django_assert_num_queries(16):
                applying.apply(job.pk)


class TestOwnFilms:
    def test_a_manager_brings_in_films_of_their_own_too(self, bring_in):
        """What a manager makes otherwise is the catalogue's, and what they bring in must not be."""
        manager = ManagerFactory()
        assert bring_in(document(films=[{"title": "Holiday"}]), user=manager).counts == {"create": 1}
        assert Movie.objects.get().owner == manager

    def test_changed_when_asked_for(self, bring_in, ana):
        film = MovieFactory(owner=ana, tmdb_id=None, title="Holiday", year=None, runtime=5, overview="Sun.")
        text = document(films=[{"title": "Holiday", "runtime": 6}])
        assert bring_in(text).counts == {"kept": 1}
        assert bring_in(text, overwrite=True).counts == {"change": 1}
        film.refresh_from_db()
        assert (film.runtime, film.overview) == (6, "Sun.")
        assert Movie.objects.count() == 1

    def test_a_missing_poster_is_added(self, bring_in, ana):
        film = MovieFactory(owner=ana, tmdb_id=None, title="Holiday", year=None, runtime=None)
        text = document(films=[{"title": "Holiday", "poster": jpeg()}])
        assert bring_in(text).counts == {"change": 1}
        film.refresh_from_db()
        assert film.poster_key
        assert bring_in(text, overwrite=True).counts == {"unchanged": 1}

    @pytest.mark.parametrize("poster", ["no base64!", "", b64encode(b"no picture").decode()])
    def test_a_poster_that_is_none_does_not_keep_the_film_out(self, bring_in, poster):
        job = bring_in(document(films=[{"title": "Holiday", "poster": poster}]))
        assert job.counts == {"create": 1}
        assert Movie.objects.get().poster_key == ""
        assert job.rows.get().message == ("Its poster could not be read." if poster else "")

    def test_a_store_that_is_away_does_not_either(self, bring_in, monkeypatch):
        def away(*args):
            raise StoreUnavailable

        monkeypatch.setattr(store, "write", away)
        job = bring_in(document(films=[{"title": "Holiday", "poster": jpeg()}]))
        assert job.rows.get().message.startswith("Its poster could not be stored at that moment")
        monkeypatch.undo()
        assert bring_in(document(films=[{"title": "Holiday", "poster": jpeg()}])).counts == {"change": 1}
        assert Movie.objects.get().poster_key

    def test_films_beyond_the_limit_say_so(self, bring_in, monkeypatch):
        monkeypatch.setattr(editing, "MAX_PRIVATE_FILMS", 1)
        films = [{"title": "A", "marquee_id": 1}, {"title": "B", "marquee_id": 2}]
        job = bring_in(document(films=films, ratings=[{"title": "B", "marquee_id": 2, "rating": 5}]))
        assert list(job.rows.values_list("outcome", "message", "applied")) == [
            ("create", "", True),
            ("invalid", "You can have at most 1 films of your own.", False),
            ("unmatched", "The film is not there any more.", False),
        ]
        assert (job.status, job.counts) == ("done", {"create": 1, "invalid": 1, "unmatched": 1})


class TestTheLibraryMovedOn:
    """Between the check and the button anything may happen."""

    @pytest.fixture
    def checked(self, send):
        self.film = MovieFactory(title="Heat", year=1995)
        return send(RATINGS + ",Heat,1995,8,,")

    def finish(self, job):
        applying.begin(job)
        applying.apply(job.pk)
        job.refresh_from_db()
        assert (job.status, job.progress) == ("done", job.total)
        return list(job.rows.values_list("outcome", "message", "applied"))

    def test_rated_by_hand(self, checked, ana):
        RatingFactory(user=ana, movie=self.film, rating=3)
        assert self.finish(checked) == [("kept", "You have rated it 3 of 10.", False)]
        assert Rating.objects.get().rating == 3
        assert checked.counts == {"kept": 1}

    def test_the_film_is_gone(self, checked):
        self.film.delete()
        assert self.finish(checked) == [("unmatched", "The film is not there any more.", False)]

    def test_rated_in_the_very_moment(self, checked, ana, monkeypatch):
        create = applying.create

        def later(rows, job):
            RatingFactory(user=ana, movie=self.film, rating=3)
            create(rows, job)

        monkeypatch.setattr(applying, "create", later)
        self.finish(checked)
        assert Rating.objects.get().rating == 3

    def test_removed_in_the_very_moment(self, send, ana, monkeypatch):
        RatingFactory(user=ana, movie__title="Heat", movie__year=1995)
        change = applying.change

        def later(rows, library):
            Rating.objects.all().delete()
            change(rows, library)

        job = send(RATINGS + ",Heat,1995,8,,", overwrite=True)
        monkeypatch.setattr(applying, "change", later)
        self.finish(job)
        assert not Rating.objects.exists()

    def test_an_own_film_is_gone(self, send, ana):
        film = MovieFactory(owner=ana, tmdb_id=None, title="Holiday", year=None, runtime=5)
        job = send(document(films=[{"title": "Holiday", "runtime": 6}]), overwrite=True)
        film.delete()
        assert self.finish(job) == [("unmatched", "The film is not there any more.", False)]


class TestAfterACrash:
    @pytest.fixture
    def five(self, send):
        for number in range(5):
            MovieFactory(title=f"F{number}", year=1999)
        job = send(RATINGS + "\n".join(f",F{n},1999,{n + 1},," for n in range(5)))
        return applying.begin(job)

    @pytest.mark.parametrize("batches", [0, 1, 2])
    def test_each_row_is_brought_in_once(self, five, monkeypatch, interrupted, batches):
        monkeypatch.setattr(applying, "ROWS_AT_ONCE", 2)
        killed = interrupted(applying, "finish", after=batches)
        with pytest.raises(killed):
            applying.apply(five.pk)
        five.refresh_from_db()
        # The batch in which it died was undone as a whole.
        assert (five.status, five.progress, Rating.objects.count()) == ("applying", 2 * batches, 2 * batches)
        stored = set(Rating.objects.values_list("pk", flat=True))
        monkeypatch.undo()
        applying.apply(five.pk)
        five.refresh_from_db()
        assert (five.status, five.progress, five.counts) == ("done", 5, {"create": 5})
        assert sorted(Rating.objects.values_list("rating", flat=True)) == [1, 2, 3, 4, 5]
        assert stored <= set(Rating.objects.values_list("pk", flat=True))
        applying.apply(five.pk)
        assert Rating.objects.count() == 5

    @pytest.mark.parametrize(("module", "name"), [(own_films, "add_poster"), (applying, "finish"), (editing, "insert")])
    def test_a_film_is_made_once_and_gets_its_poster(self, send, monkeypatch, interrupted, module, name):
        films = [{"title": f"F{n}", "marquee_id": n + 1, "poster": jpeg()} for n in range(2)]
        job = applying.begin(send(document(films=films, ratings=[{"marquee_id": 2, "title": "F1", "rating": 9}])))
        killed = interrupted(module, name, after=1)
        with pytest.raises(killed):
            applying.apply(job.pk)
        monkeypatch.undo()
        applying.apply(job.pk)
        job.refresh_from_db()
        assert (job.status, job.progress) == ("done", 3)
        assert sorted(Movie.objects.exclude(poster_key="").values_list("title", flat=True)) == ["F0", "F1"]
        assert Movie.objects.count() == 2
        assert Rating.objects.get().movie.title == "F1"

    def test_what_nobody_expected_ends_the_job_with_a_sentence(self, five, monkeypatch):
        def broken(*args):
            raise ZeroDivisionError

        monkeypatch.setattr(applying, "place", broken)
        with pytest.raises(ZeroDivisionError):
            applying.apply(five.pk)
        five.refresh_from_db()
        assert five.status == "failed"
        assert five.error == (
            "Stopped by an error of our own (ZeroDivisionError). What was brought in until then stays."
        )
        assert five.finished_at is not None

    def test_a_job_that_is_deleted_meanwhile_stops(self, five, ana, monkeypatch, events):
        place = applying.place

        def last_moment(job, rows):
            place(job, rows)
            LibraryImport.objects.filter(pk=job.pk).update(status="failed", error="x")

        monkeypatch.setattr(applying, "place", last_moment)
        applying.apply(five.pk)
        assert not Rating.objects.exists()
        assert [event["job"] for event in events("library_import_gone")] == [five.pk]

    def test_every_unfinished_job_is_sent_again(self, five, sent):
        checking = LibraryImport.objects.create(user=UserFactory(), source="imdb")
        for status in ("checked", "done"):
            LibraryImport.objects.create(user=five.user, source="imdb", status=status)
        assert working.resume() == 2
        assert sorted(sent) == [
            ("movies.tasks.apply_library_import", five.pk, {"expires": 600}),
            ("movies.tasks.check_library_import", checking.pk, {"expires": 600}),
        ]


class TestBeginning:
    def test_only_what_is_checked(self, send):
        MovieFactory(title="Heat", year=1995)
        job = send(RATINGS + ",Heat,1995,8,,\n,None,1995,8,,")
        began = applying.begin(job)
        # What there is nothing to do about is done already.
        assert (began.status, began.progress, began.total) == ("applying", 1, 2)
        for status in ("applying", "checking", "done", "failed"):
            LibraryImport.objects.update(status=status, error="x")
            with pytest.raises(Conflict):
                applying.begin(job)

    def test_one_at_a_time(self, send, ana):
        MovieFactory(title="Heat", year=1995)
        first, second = send(RATINGS + ",Heat,1995,8,,"), send(RATINGS + ",Heat,1995,9,,")
        applying.begin(first)
        with pytest.raises(IntegrityError, match="library_import_one_at_a_time"):
            applying.begin(second)

    def test_the_worker_is_told_after_the_commit(self, send, sent, django_capture_on_commit_callbacks):
        MovieFactory(title="Heat", year=1995)
        with django_capture_on_commit_callbacks(execute=True):
            job = send(RATINGS + ",Heat,1995,8,,")
            assert sent == []
        with django_capture_on_commit_callbacks(execute=True):
            applying.begin(job)
        assert sent == [
            ("movies.tasks.check_library_import", job.pk, {}),
            ("movies.tasks.apply_library_import", job.pk, {}),
        ]

    def test_without_a_broker_the_file_waits_for_the_next_round(
        self, send, monkeypatch, django_capture_on_commit_callbacks
    ):
        def away(*args, **options):
            raise ConnectionError

        monkeypatch.setattr(working.current_app, "send_task", away)
        with django_capture_on_commit_callbacks(execute=True):
            assert send(RATINGS + ",Heat,1995,8,,").pk


class TestCleaning:
    def test_after_thirty_days_rows_go_and_the_record_stays(self, bring_in, send):
        MovieFactory(title="Heat", year=1995)
        old, new = bring_in(RATINGS + ",Heat,1995,8,,\n,x,1995,8,,"), bring_in(RATINGS + ",Heat,1995,8,,")
        waiting, forgotten = send(RATINGS + ",Heat,1995,8,,"), send(RATINGS + ",Heat,1995,8,,")
        long_ago = timezone.now() - timedelta(days=31)
        LibraryImport.objects.filter(pk=old.pk).update(finished_at=long_ago)
        LibraryImport.objects.filter(pk=forgotten.pk).update(created_at=long_ago)
        assert cleanup.clean() == (2, 1)
        assert set(LibraryImport.objects.values_list("pk", flat=True)) == {old.pk, new.pk, waiting.pk}
        assert set(LibraryImportRow.objects.values_list("job", flat=True)) == {new.pk, waiting.pk}
        old.refresh_from_db()
        assert old.counts == {"create": 1, "unmatched": 1}
        assert Rating.objects.count() == 1
        assert cleanup.clean() == (0, 0)

    def test_deleting(self, bring_in, send):
        MovieFactory(title="Heat", year=1995)
        job = bring_in(RATINGS + ",Heat,1995,8,,")
        cleanup.delete(job)
        cleanup.delete(job)
        assert (LibraryImport.objects.count(), LibraryImportRow.objects.count(), Rating.objects.count()) == (0, 0, 1)

    @pytest.mark.parametrize("status", [Status.CHECKING, Status.APPLYING])
    def test_not_while_somebody_works_on_it(self, send, status):
        job = send(RATINGS + ",Heat,1995,8,,")
        LibraryImport.objects.update(status=status)
        with pytest.raises(Conflict, match="Delete it when that is done"):
            cleanup.delete(job)
        assert LibraryImport.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_a_job_that_another_process_works_on_is_left_alone(self, send):
        """Redis hands a task out twice; the lock is another connection's."""
        MovieFactory(title="Heat", year=1995)
        job = applying.begin(send(RATINGS + ",Heat,1995,8,,"))
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                key = f"marquee.library_import.{job.pk}"
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
            applying.apply(job.pk)
            assert not Rating.objects.exists()
        finally:
            other.close()  # as if the process had died; PostgreSQL notices in a moment
        wait_until(lambda: applying.apply(job.pk) or Rating.objects.exists())
        assert Rating.objects.count() == 1
