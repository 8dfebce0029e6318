"""Serializers of poster uploads."""

from typing import Any

from rest_framework import serializers

from common.api.fields import StrictUUIDField
from common.api.parsing import KnownFieldsOnly
from movies.api.serializers.catalogue import PosterSerializer


class BeginUploadSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    """The announced upload."""

    content_type = serializers.ChoiceField(
        ["image/jpeg", "image/png", "image/webp"],
        required=False,
        help_text="If you send it, the PUT must have the same `Content-Type`.",
    )


class PosterFileSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    """The picture to upload."""

    file = serializers.FileField(help_text="JPEG, PNG or WebP; at most 10 MB; 40 megapixels as JPEG, 16 otherwise.")


class UploadSerializer(serializers.Serializer[Any]):
    """An upload. If the file still has to be sent, `method`, `url` and `headers` say how."""

    upload_id = serializers.UUIDField()
    method = serializers.ChoiceField(["PUT"], required=False)
    url = serializers.URLField(required=False)
    headers = serializers.DictField(child=serializers.CharField(), required=False)
    expires_at = serializers.DateTimeField(required=False)


class ConfirmUploadSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    """The upload that becomes the poster."""

    upload_id = StrictUUIDField()


class MoviePosterSerializer(serializers.Serializer[Any]):
    """The new poster of the film."""

    poster = PosterSerializer()
