import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from storages.backends.s3 import S3Storage

from common.files import stores


def options(**values):
    return stores.bucket("films", **values)["OPTIONS"]


@pytest.mark.parametrize(
    ("endpoint", "domain", "place", "origin"),
    [
        ("", "", ("https:", "films.s3.amazonaws.com"), "https://films.s3.amazonaws.com"),
        ("", "cdn.example", ("https:", "cdn.example"), "https://cdn.example"),
        ("http://s3:8333", "", ("http:", "s3:8333/films"), "http://s3:8333"),
        ("http://s3:8333", "cdn.example/films/", ("https:", "cdn.example/films"), "https://cdn.example"),
        ("http://s3:8333", "http://127.0.0.1:9000/films", ("http:", "127.0.0.1:9000/films"), "http://127.0.0.1:9000"),
    ],
)
def test_where_browsers_find_the_bucket(endpoint, domain, place, origin):
    made = options(endpoint=endpoint, custom_domain=domain)
    assert (made["url_protocol"], made["custom_domain"]) == place
    assert stores.origin("films", endpoint, domain) == origin


def test_a_store_of_ones_own_has_its_buckets_in_the_path():
    assert options(endpoint="http://s3:8333")["client_config"].s3 == {"addressing_style": "path"}
    assert options()["client_config"].s3 == {"addressing_style": "virtual"}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("NoSuchBucket", "The bucket is missing."),
        ("InvalidAccessKeyId", "The store refuses the credentials."),
        ("SignatureDoesNotMatch", "The store refuses the credentials."),
        ("AccessDenied", "The store refuses the credentials."),
        ("403", "The store refuses the credentials."),
        ("SlowDown", "The store says SlowDown."),
        ("<script>", "The store does not answer."),
    ],
)
def test_what_is_wrong_in_public(code, sentence):
    assert stores.sentence(ClientError({"Error": {"Code": code}}, "PutObject")) == sentence


def test_no_host_is_named():
    error = EndpointConnectionError(endpoint_url="http://secret-host:1/")
    assert stores.sentence(error) == "The store does not answer."
    assert stores.code_of(error) == ""


def test_a_store_that_hangs_is_given_up_soon(hung_port):
    chosen = options(endpoint=f"http://127.0.0.1:{hung_port()}", access_key="key", secret_key="secret")
    config = chosen["client_config"]
    assert (config.connect_timeout, config.read_timeout, config.retries) == (1, 4, {"total_max_attempts": 2})
    store = S3Storage(**chosen | {"client_config": config.merge(Config(read_timeout=0.1))})
    with pytest.raises(ReadTimeoutError):
        store.exists("posters/a.webp")
