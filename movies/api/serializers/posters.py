"""Bodies and answers of posters by upload."""

from typing import Any

from rest_framework import serializers

from common.api.fields import StrictUUIDField
from common.api.parsing import KnownFieldsOnly
from movies.api.serializers.catalogue import PosterSerializer


class BeginUploadSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    """What will be uploaded, as far as it is known."""

    content_type = serializers.ChoiceField(
        ["image/jpeg", "image/png", "image/webp"],
        required=False,
        help_text="Send it, and the PUT must say the same.",
    )


class PosterFileSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    """The picture itself."""

    file = serializers.FileField(help_text="JPEG, PNG or WebP; at most 10 MB and 40 megapixels.")


class UploadSerializer(serializers.Serializer[Any]):
    """An upload; where the file is still to be sent, also where to and how."""

    upload_id = serializers.UUIDField()
    method = serializers.ChoiceField(["PUT"], required=False)
    url = serializers.URLField(required=False)
    headers = serializers.DictField(child=serializers.CharField(), required=False)
    expires_at = serializers.DateTimeField(required=False)


class ConfirmUploadSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    """Which upload becomes the poster."""

    upload_id = StrictUUIDField()


class MoviePosterSerializer(serializers.Serializer[Any]):
    """The poster as the film now shows it."""

    poster = PosterSerializer()
