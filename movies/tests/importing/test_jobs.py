"""Jobs: their start, crashes, unexpected errors, and two workers on one job."""

import pytest
from django.db import IntegrityError, connection

from accounts.tests.factories import UserFactory
from common.errors import Conflict
from common.services import publishing
from movies.catalogue import editing
from movies.importing import applying, jobs, own_films
from movies.models import LibraryImport, Movie, Rating
from movies.tests.factories import MovieFactory
from movies.tests.importing.files import RATINGS, document, jpeg
from tests.conftest import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """Messages sent to the workers."""
    messages = []
    monkeypatch.setattr(publishing, "publish", lambda name, args, **options: messages.append((name, *args, options)))
    return messages


class TestStart:
    def test_only_a_checked_job_can_be_applied(self, send):
        MovieFactory(title="Heat", year=1995)
        job = send(RATINGS + ",Heat,1995,8,,\n,None,1995,8,,")
        started = applying.start_applying(job)
        # Rows without anything to write count as done.
        assert (started.status, started.progress, started.total) == ("applying", 1, 2)
        for status in ("applying", "checking", "done", "failed"):
            LibraryImport.objects.update(status=status, error="x")
            with pytest.raises(Conflict):
                applying.start_applying(job)

    def test_a_user_applies_one_file_at_a_time(self, send, ana):
        MovieFactory(title="Heat", year=1995)
        first, second = send(RATINGS + ",Heat,1995,8,,"), send(RATINGS + ",Heat,1995,9,,")
        applying.start_applying(first)
        with pytest.raises(IntegrityError, match="library_import_one_at_a_time"):
            applying.start_applying(second)

    def test_the_message_is_sent_after_the_commit(self, send, sent, django_capture_on_commit_callbacks):
        MovieFactory(title="Heat", year=1995)
        with django_capture_on_commit_callbacks(execute=True):
            job = send(RATINGS + ",Heat,1995,8,,")
            assert sent == []
        with django_capture_on_commit_callbacks(execute=True):
            applying.start_applying(job)
        assert sent == [
            ("movies.tasks.check_library_import", job.pk, {}),
            ("movies.tasks.apply_library_import", job.pk, {}),
        ]

    def test_a_job_is_stored_while_the_broker_is_down(self, send, monkeypatch, django_capture_on_commit_callbacks):
        def away(*args, **options):
            raise ConnectionError

        monkeypatch.setattr(publishing, "publish", away)
        with django_capture_on_commit_callbacks(execute=True):
            assert send(RATINGS + ",Heat,1995,8,,").pk


class TestAfterACrash:
    @pytest.fixture
    def five(self, send):
        for number in range(5):
            MovieFactory(title=f"F{number}", year=1999)
        job = send(RATINGS + "\n".join(f",F{n},1999,{n + 1},," for n in range(5)))
        return applying.start_applying(job)

    @pytest.mark.parametrize("batches", [0, 1, 2])
    def test_each_row_is_imported_once(self, five, monkeypatch, interrupted, batches):
        monkeypatch.setattr(applying, "ROWS_AT_ONCE", 2)
        killed = interrupted(applying, "_save_batch", after=batches)
        with pytest.raises(killed):
            applying.apply_import(five.pk)
        five.refresh_from_db()
        # The interrupted batch was rolled back as a whole.
        assert (five.status, five.progress, Rating.objects.count()) == ("applying", 2 * batches, 2 * batches)
        stored = set(Rating.objects.values_list("pk", flat=True))
        monkeypatch.undo()
        applying.apply_import(five.pk)
        five.refresh_from_db()
        assert (five.status, five.progress, five.counts) == ("done", 5, {"create": 5})
        assert sorted(Rating.objects.values_list("rating", flat=True)) == [1, 2, 3, 4, 5]
        assert stored <= set(Rating.objects.values_list("pk", flat=True))
        applying.apply_import(five.pk)
        assert Rating.objects.count() == 5

    @pytest.mark.parametrize(
        ("module", "name"), [(own_films, "add_poster"), (applying, "_save_batch"), (editing, "insert_films")]
    )
    def test_a_film_is_created_once_and_gets_its_poster(self, send, monkeypatch, interrupted, module, name):
        films = [{"title": f"F{n}", "marquee_id": n + 1, "poster": jpeg()} for n in range(2)]
        job = applying.start_applying(
            send(document(films=films, ratings=[{"marquee_id": 2, "title": "F1", "rating": 9}]))
        )
        killed = interrupted(module, name, after=1)
        with pytest.raises(killed):
            applying.apply_import(job.pk)
        monkeypatch.undo()
        applying.apply_import(job.pk)
        job.refresh_from_db()
        assert (job.status, job.progress) == ("done", 3)
        assert sorted(Movie.objects.exclude(poster_key="").values_list("title", flat=True)) == ["F0", "F1"]
        assert Movie.objects.count() == 2
        assert Rating.objects.get().movie.title == "F1"

    def test_an_unexpected_error_fails_the_job_with_a_message(self, five, monkeypatch):
        def broken(*args):
            raise ZeroDivisionError

        monkeypatch.setattr(applying, "_match_and_lock_films", broken)
        with pytest.raises(ZeroDivisionError):
            applying.apply_import(five.pk)
        five.refresh_from_db()
        assert five.status == "failed"
        assert five.error == ("Stopped by an error of our own (ZeroDivisionError). What was imported until then stays.")
        assert five.finished_at is not None

    def test_a_job_that_failed_meanwhile_stops(self, five, ana, monkeypatch, events):
        match = applying._match_and_lock_films

        def fail_afterwards(job, rows):
            match(job, rows)
            LibraryImport.objects.filter(pk=job.pk).update(status="failed", error="x")

        monkeypatch.setattr(applying, "_match_and_lock_films", fail_afterwards)
        applying.apply_import(five.pk)
        assert not Rating.objects.exists()
        assert [event["job"] for event in events("library_import_gone")] == [five.pk]

    def test_unfinished_jobs_are_sent_again(self, five, sent):
        checking = LibraryImport.objects.create(user=UserFactory(), source="imdb")
        for status in ("checked", "done"):
            LibraryImport.objects.create(user=five.user, source="imdb", status=status)
        assert jobs.resume_jobs() == 2
        assert sorted(sent) == [
            ("movies.tasks.apply_library_import", five.pk, {"expires": 60}),
            ("movies.tasks.check_library_import", checking.pk, {"expires": 60}),
        ]


@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_a_job_of_another_worker_is_not_applied_twice(self, send):
        """Redis may deliver a task twice; here another connection has the lock."""
        MovieFactory(title="Heat", year=1995)
        job = applying.start_applying(send(RATINGS + ",Heat,1995,8,,"))
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                key = f"marquee.library_import.{job.pk}"
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
            applying.apply_import(job.pk)
            assert not Rating.objects.exists()
        finally:
            other.close()  # as if the process had died; PostgreSQL notices in a moment
        wait_until(lambda: applying.apply_import(job.pk) or Rating.objects.exists())
        assert Rating.objects.count() == 1
