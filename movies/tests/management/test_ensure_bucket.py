from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def run():
    out = StringIO()
    call_command("ensure_bucket", stdout=out)
    return out.getvalue().strip()


def test_no_bucket_is_needed_for_a_folder():
    assert run() == "Posters are stored in a folder, no bucket is needed."


def test_a_bucket_is_created_once(bucket):
    name = f"{bucket.name}-new"
    with bucket.used(name=name):
        assert run() == f"The bucket {name} has been created."
        assert run() == f"The bucket {name} exists."
    assert name in [entry["Name"] for entry in bucket.client.list_buckets()["Buckets"]]


def test_errors_of_the_store(bucket):
    with bucket.used(secret_key="wrong"), pytest.raises(CommandError, match=r"The store refuses the credentials\."):
        run()
    with bucket.down(), pytest.raises(CommandError, match=r"The store does not answer\."):
        run()
