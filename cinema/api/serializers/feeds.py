"""How the address of one's calendar feed looks in JSON."""

from typing import Any

from rest_framework import serializers


class FeedSerializer(serializers.Serializer[Any]):
    address = serializers.URLField(
        read_only=True,
        allow_null=True,
        help_text="Whoever has it reads one's tickets without signing in. Null as long as one has none.",
    )
