"""Serializer of the address of a calendar feed."""

from typing import Any

from rest_framework import serializers


class FeedSerializer(serializers.Serializer[Any]):
    address = serializers.URLField(
        read_only=True,
        allow_null=True,
        help_text="Secret address of your feed: it shows your tickets without signing in. Null while there is none.",
    )
