"""Parsing of bodies: strict JSON of a bounded size, without unknown or repeated fields."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from rest_framework import parsers, serializers
from rest_framework.exceptions import ParseError, ValidationError

from common.bodies import read_up_to
from common.errors import PayloadTooLarge
from common.text import unstorable

if TYPE_CHECKING:
    from rest_framework.generics import GenericAPIView  # which imports this module, for the settings name it


class JSONParser(parsers.BaseParser):
    """A parser that refuses NUL, which PostgreSQL cannot store, and what other parsers read differently.

    That is NaN, 1e999 and repeated names.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            text = read_capped(stream, parser_context).decode("utf-8")
            data = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float)
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except json.JSONDecodeError as error:
            where = f"line {error.lineno} column {error.colno}"
            raise ParseError(f"The body is not valid JSON: {error.msg} at {where}.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from error
        # JSON forbids these characters as they are, so they can only come as an escape.
        if "\\u" in text and (
            errors := {path: ["Holds a character that cannot be stored."] for path in unstorable(data)}
        ):
            raise ValidationError(errors)
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


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a name comes twice in one object")
    return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _float(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError("a number is too large")
    return number


class KnownFieldsOnly(serializers.Serializer[Any]):
    """Serializer mixin that refuses unknown fields of a body by name.

    Read-only fields may be sent back as they were read; they change nothing.
    """

    def to_internal_value(self, data: Any) -> Any:
        names = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        unknown = {name: ["Unknown field."] for name in sorted(names)}
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
    serializer = serializer_class(data=view.request.data, context=view.get_serializer_context(), **options)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
