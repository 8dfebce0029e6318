"""The store of uploaded files (`default` in STORAGES): a folder of this machine or a bucket.

The library of buckets is imported where one is used: it is a tenth of a start.
"""

from typing import Any
from urllib.parse import urlsplit

# A key stands for the bytes of its file, so a browser never needs to ask again.
FOR_EVER = "public, max-age=31536000, immutable"

# What stores call wrong, unknown or insufficient credentials; an answer to HEAD has no body, only the status.
REFUSALS = {"403", "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}


def folder() -> dict[str, Any]:
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"allow_overwrite": True}}


def bucket(
    name: str, *, endpoint: str = "", access_key: str = "", secret_key: str = "", custom_domain: str = ""
) -> dict[str, Any]:
    """Return the settings of a bucket, at Amazon without an endpoint; browsers load objects from `custom_domain`."""
    from botocore.config import Config

    protocol, domain = public_place(name, endpoint, custom_domain)
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": name,
            "endpoint_url": endpoint or None,
            "access_key": access_key or None,
            "secret_key": secret_key or None,
            # Always named: otherwise each address would be computed by the client, at a third of a millisecond.
            "custom_domain": domain,
            "url_protocol": protocol,
            "querystring_auth": False,
            "file_overwrite": True,
            "object_parameters": {"CacheControl": FOR_EVER},
            # Checksums that only AWS understands break other stores; without the timeouts a dead store hangs requests.
            "client_config": Config(
                signature_version="s3v4",
                # A store of one's own rarely has a name for each bucket.
                s3={"addressing_style": "path" if endpoint else "virtual"},
                connect_timeout=1,
                read_timeout=4,
                retries={"total_max_attempts": 2},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        },
    }


def public_place(name: str, endpoint: str, custom_domain: str) -> tuple[str, str]:
    """("https:", "cdn.example") of the addresses of posters; either setting may have a scheme."""
    if custom_domain:
        place = urlsplit(custom_domain if "://" in custom_domain else f"https://{custom_domain}")
        return f"{place.scheme}:", f"{place.netloc}{place.path}".rstrip("/")
    if endpoint:
        place = urlsplit(endpoint)
        return f"{place.scheme}:", f"{place.netloc}{place.path}".rstrip("/") + f"/{name}"
    return "https:", f"{name}.s3.amazonaws.com"


def origin(name: str, endpoint: str, custom_domain: str) -> str:
    """Return the origin from which browsers load posters, for the Content-Security-Policy."""
    protocol, domain = public_place(name, endpoint, custom_domain)
    return f"{protocol}//{domain.partition('/')[0]}"


def errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """Return what buckets raise, and `more`, for an `except` clause: it asks only when there was an exception."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return Boto3Error, BotoCoreError, ClientError, *more


def code_of(error: Exception) -> str:
    """Return S3's name of the error, such as NoSuchBucket; empty where there is none."""
    from botocore.exceptions import ClientError

    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def sentence(error: Exception) -> str:
    """Return what an exception of the client means, for the public: without hosts and names."""
    code = code_of(error)
    if code == "NoSuchBucket":
        return "The bucket is missing."
    if code in REFUSALS:
        return "The store refuses the credentials."
    return f"The store says {code}." if code.isalnum() else "The store does not answer."
