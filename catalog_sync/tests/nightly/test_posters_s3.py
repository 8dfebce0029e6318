"""The step that fetches posters, into a bucket of a real S3 server over HTTP (see tests/s3.py)."""

import pytest

from catalog_sync.nightly import runs
from catalog_sync.nightly.posters import sync_posters
from catalog_sync.tests.nightly.films import poster_keys
from catalog_sync.tests.nightly.outcomes import outcome
from common.files.stores import FOR_EVER
from movies.models import Movie, SyncState
from movies.posters import store
from movies.providers import posters
from movies.tests.factories import MovieFactory
from movies.tests.posters.stored import names_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def films(fake_images):
    fake_images.add_images(1, 2, 3)
    return [MovieFactory(poster_source=f"/poster{number}.jpg", popularity=10 - number) for number in (1, 2, 3)]


def all_files():
    """Return the files of all posters of films."""
    return sorted({name for key in poster_keys() if key for name in names_of(key)})


def written_at(bucket):
    listed = bucket.client.list_objects_v2(Bucket=bucket.name)
    return {entry["Key"]: (entry["LastModified"], entry["ETag"]) for entry in listed["Contents"]}


def test_the_first_night_the_second_and_another_picture(fake_images, films, bucket):
    assert outcome(sync_posters()) == {"status": "success", "created": 3}
    assert bucket.names() == all_files()
    assert len(all_files()) == 9
    served = bucket.get(all_files()[0])
    assert (served.status_code, served.headers["Content-Type"]) == (200, "image/jpeg")
    assert served.headers["Cache-Control"] == FOR_EVER
    before = written_at(bucket)
    assert outcome(sync_posters()) == {"status": "success"}
    assert (written_at(bucket), len(fake_images.requests)) == (before, 3)

    former = poster_keys()[0]
    fake_images.add_images(4)
    Movie.objects.filter(pk=films[0].pk).update(poster_source="/poster4.jpg")
    assert outcome(sync_posters()) == {"status": "success", "updated": 1}
    assert bucket.names() == all_files()
    assert not set(names_of(former)) & set(bucket.names())


DOWN = "Posters can't be stored. The store does not answer."
REFUSED = "Posters can't be stored. The store refuses the credentials."
OUTAGES = {
    "down": (lambda bucket: bucket.down(), DOWN),
    "silent": (lambda bucket: bucket.silent(), DOWN),
    "wrong secret": (lambda bucket: bucket.used(secret_key="a-wrong-secret"), REFUSED),
    "wrong key": (lambda bucket: bucket.used(access_key="a-wrong-key"), REFUSED),
    "no bucket": (lambda bucket: bucket.used(name="missing"), "Posters can't be stored. The bucket is missing."),
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_failing_store_ends_the_run_and_the_next_night_goes_on(films, bucket, outage, caplog):
    context, sentence = OUTAGES[outage]
    with context(bucket):
        assert outcome(sync_posters()) == {"status": "failed", "error_message": sentence}
    assert (poster_keys(), bucket.names()) == (["", "", ""], [])
    assert not SyncState.objects.exists()  # no film is retried later because of it
    assert bucket.secret_key not in caplog.text
    assert "a-wrong-secret" not in caplog.text
    assert outcome(sync_posters()) == {"status": "success", "created": 3}
    assert bucket.names() == all_files()


@pytest.mark.parametrize("outage", OUTAGES)
def test_posters_stored_before_the_failure_count_and_stay(fake_images, bucket, outage, monkeypatch):
    """The store fails from the second film of the second batch."""
    monkeypatch.setattr(runs, "BATCH", 2)
    count, fine = 5, 3
    fake_images.add_images(*range(count))
    for number in range(count):
        MovieFactory(poster_source=f"/poster{number}.jpg", popularity=number)
    context, sentence = OUTAGES[outage]

    def store_or_break(film, poster, store_or_break=posters.store_poster):
        if Movie.objects.exclude(poster_key="").count() < fine:
            return store_or_break(film, poster)
        with context(bucket):
            return store_or_break(film, poster)

    with monkeypatch.context() as patch:
        patch.setattr(posters, "store_poster", store_or_break)
        assert outcome(sync_posters()) == {"status": "failed", "created": fine, "error_message": sentence}
    assert bucket.names() == all_files()
    assert len(all_files()) == 3 * fine
    assert outcome(sync_posters()) == {"status": "success", "created": count - fine}
    assert len(all_files()) == 3 * count
    assert bucket.names() == all_files()


def test_a_failure_between_two_files_shows_no_incomplete_poster(films, bucket, monkeypatch):
    """The store fails after the first file of the second film; the next night writes the missing ones."""
    written = []

    def write(name, data, write=store.write):
        written.append(name)
        if len(written) < 5:
            return write(name, data)
        with bucket.down():
            return write(name, data)

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", write)
        assert outcome(sync_posters()) == {"status": "failed", "created": 1, "error_message": DOWN}
    assert [bool(key) for key in poster_keys()] == [True, False, False]
    assert bucket.names() == sorted([*all_files(), written[3]])
    assert outcome(sync_posters()) == {"status": "success", "created": 2}
    assert bucket.names() == all_files()
