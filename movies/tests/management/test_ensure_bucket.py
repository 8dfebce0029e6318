from io import StringIO

import pytest
from django.core.management import CommandError, call_command


def said():
    out = StringIO()
    call_command("ensure_bucket", stdout=out)
    return out.getvalue().strip()


def test_where_posters_are_files():
    assert said() == "Posters are files of this machine: there is no bucket to make."


def test_a_bucket_is_made_once(bucket):
    name = f"{bucket.name}-new"
    with bucket.used(name=name):
        assert said() == f"The bucket {name} was made."
        assert said() == f"The bucket {name} is there."
    assert name in [entry["Name"] for entry in bucket.client.list_buckets()["Buckets"]]


def test_a_store_that_refuses_or_is_down(bucket):
    with bucket.used(secret_key="wrong"), pytest.raises(CommandError, match=r"The store refuses the credentials\."):
        said()
    with bucket.down(), pytest.raises(CommandError, match=r"The store does not answer\."):
        said()
