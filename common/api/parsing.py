"""Parsing of bodies: strict JSON of a bounded size, without unknown or repeated fields."""

from collections.abc import Mapping
from heapq import nsmallest
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from rest_framework import parsers, serializers
from rest_framework.exceptions import ParseError, ValidationError

from common import json_text
from common.api.fields import CheckedListSerializer
from common.api.problems import MAX_ERRORS
from common.bodies import read_up_to
from common.errors import PayloadTooLarge
from common.text import unstorable

if TYPE_CHECKING:
    from rest_framework.generics import GenericAPIView  # which imports this module, for the settings name it

# Twice as many as 500 films have whose lists are as long as in the catalogue.
MAX_VALUES = 100_000


class JSONParser(parsers.BaseParser):
    """A parser of strict JSON with few values, which also refuses characters that PostgreSQL cannot store."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            text = read_capped(stream, parser_context).decode("utf-8")
            data = json_text.read_json(text, MAX_VALUES)
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except json_text.NotReadable as error:
            raise ParseError(f"The body {error}") from error
        # JSON forbids these characters as they are, so they can only come as an escape.
        if "\\u" in text and (paths := list(islice(unstorable(data), MAX_ERRORS))):
            raise ValidationError({path: ["Holds a character that cannot be stored."] for path in paths})
        return data


def read_capped(stream: IO[Any], parser_context: Mapping[str, Any] | None) -> bytes:
    """Read the body, at most API_MAX_BODY_BYTES. Its declared length is trusted only where it is too large.

    Raises PayloadTooLarge.
    """
    limit: int = settings.API_MAX_BODY_BYTES
    refusal = PayloadTooLarge(f"The body is larger than {limit} bytes.")
    request = (parser_context or {}).get("request")
    declared = request.META.get("CONTENT_LENGTH") if request else None
    if declared and int(declared) > limit:
        raise refusal
    body = read_up_to(stream, limit + 1)
    if len(body) > limit:
        raise refusal
    return body


class KnownFieldsOnly(serializers.Serializer[Any]):
    """Serializer mixin that refuses unknown fields of a body by name.

    Read-only fields may be sent back as they were read; they change nothing.
    """

    def to_internal_value(self, data: Any) -> Any:
        names = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        unknown = {name: ["Unknown field."] for name in nsmallest(MAX_ERRORS, names)}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise ValidationError({**error.detail, **unknown}) from error
            raise
        if unknown:
            raise ValidationError(unknown)
        return value


class EmptyBodySerializer(KnownFieldsOnly):
    """The body of a request that takes no fields."""


def read_body(
    view: "GenericAPIView[Any]", serializer_class: type[serializers.BaseSerializer[Any]] | None = None, **options: Any
) -> Any:
    """Return the validated body of the view's request; by the view's own serializer unless another one is given.

    `options` go to the serializer. Raises ValidationError.
    """
    serializer_class = serializer_class or view.get_serializer_class()
    return _validate(serializer_class(data=view.request.data, context=view.get_serializer_context(), **options))


def read_list(view: "GenericAPIView[Any]", child: serializers.BaseSerializer[Any], max_length: int) -> Any:
    """Return the validated body of the view's request, a list of at most `max_length` bodies of `child`.

    Raises ValidationError.
    """
    context = view.get_serializer_context()
    return _validate(CheckedListSerializer(child=child, data=view.request.data, context=context, max_length=max_length))


def _validate(serializer: serializers.BaseSerializer[Any]) -> Any:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
