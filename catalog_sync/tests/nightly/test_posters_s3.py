"""The step that fetches posters, into a bucket of a real S3 server, spoken to over HTTP (see tests/s3.py)."""

import pytest

from catalog_sync.nightly import details, runs
from catalog_sync.nightly.posters import sync_posters
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
    fake_images.hold(1, 2, 3)
    return [MovieFactory(poster_source=f"/poster{number}.jpg", popularity=10 - number) for number in (1, 2, 3)]


def keys():
    return list(Movie.objects.order_by("pk").values_list("poster_key", flat=True))


def whole():
    """The files of all posters that films name."""
    return sorted({name for key in keys() if key for name in names_of(key)})


def written_at(bucket):
    listed = bucket.client.list_objects_v2(Bucket=bucket.name)
    return {entry["Key"]: (entry["LastModified"], entry["ETag"]) for entry in listed["Contents"]}


def test_the_first_night_the_second_and_another_picture(fake_images, films, bucket):
    assert outcome(sync_posters()) == {"status": "success", "created": 3}
    assert bucket.names() == whole()
    assert len(whole()) == 9
    served = bucket.get(whole()[0])
    assert (served.status_code, served.headers["Content-Type"]) == (200, "image/jpeg")
    assert served.headers["Cache-Control"] == FOR_EVER
    before = written_at(bucket)
    assert outcome(sync_posters()) == {"status": "success"}
    assert (written_at(bucket), len(fake_images.requests)) == (before, 3)

    former = keys()[0]
    fake_images.hold(4)
    Movie.objects.filter(pk=films[0].pk).update(poster_source="/poster4.jpg")
    assert outcome(sync_posters()) == {"status": "success", "updated": 1}
    assert bucket.names() == whole()
    assert not set(names_of(former)) & set(bucket.names())


DOWN = "Posters can't be stored. The store does not answer."
REFUSED = "Posters can't be stored. The store refuses the credentials."
TROUBLES = {
    "down": (lambda bucket: bucket.down(), DOWN),
    "silent": (lambda bucket: bucket.silent(), DOWN),
    "wrong secret": (lambda bucket: bucket.used(secret_key="a-wrong-secret"), REFUSED),
    "wrong key": (lambda bucket: bucket.used(access_key="a-wrong-key"), REFUSED),
    "no bucket": (lambda bucket: bucket.used(name="missing"), "Posters can't be stored. The bucket is missing."),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_store_in_trouble_ends_the_run_and_the_next_night_goes_on(films, bucket, trouble, caplog):
    context, sentence = TROUBLES[trouble]
    with context(bucket):
        assert outcome(sync_posters()) == {"status": "failed", "error_message": sentence}
    assert (keys(), bucket.names()) == (["", "", ""], [])
    assert not SyncState.objects.exists()  # no film is made to wait for it
    assert bucket.secret_key not in caplog.text
    assert "a-wrong-secret" not in caplog.text
    assert outcome(sync_posters()) == {"status": "success", "created": 3}
    assert bucket.names() == whole()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_in_the_middle_what_was_stored_before_counts_and_stays(fake_images, bucket, trouble, monkeypatch):
    """The trouble begins with the second film of the second batch."""
    for module in (runs, details):
        monkeypatch.setattr(module, "BATCH", 2)
    count, fine = 5, 3
    fake_images.hold(*range(count))
    for number in range(count):
        MovieFactory(poster_source=f"/poster{number}.jpg", popularity=number)
    context, sentence = TROUBLES[trouble]

    def keep(film, poster, keep=posters.store_poster):
        if Movie.objects.exclude(poster_key="").count() < fine:
            return keep(film, poster)
        with context(bucket):
            return keep(film, poster)

    with monkeypatch.context() as patch:
        patch.setattr(posters, "store_poster", keep)
        assert outcome(sync_posters()) == {"status": "failed", "created": fine, "error_message": sentence}
    assert bucket.names() == whole()
    assert len(whole()) == 3 * fine
    assert outcome(sync_posters()) == {"status": "success", "created": count - fine}
    assert len(whole()) == 3 * count
    assert bucket.names() == whole()


def test_a_store_that_fails_between_two_files_leaves_no_half_poster_shown(films, bucket, monkeypatch):
    """The first file of the second film is written, then the store goes; the next night writes what is missing."""
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
    assert [bool(key) for key in keys()] == [True, False, False]
    assert bucket.names() == sorted([*whole(), written[3]])
    assert outcome(sync_posters()) == {"status": "success", "created": 2}
    assert bucket.names() == whole()
