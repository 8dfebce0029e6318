"""Every field of every JSON body of the API refuses a value of another JSON type, and names itself."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import AnonymousUser
from drf_spectacular.drainage import get_override, has_override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import force_instance
from drf_spectacular.settings import spectacular_settings
from rest_framework import serializers
from rest_framework.fields import Field

from common.api import fields as strict
from common.api.problems import flatten

# Values of other JSON types, by the type that a field documents.
WRONG = {
    "boolean": ["yes", "true", "1", "", 1, 0, 1.0, [True], {}],
    "integer": ["7", "yes", "", 5.5, True, False, [7], {}],
    "number": ["7", "yes", "", True, [7], {}],
    "string": [7, 5.5, True, False, ["text"], {}],
    "array": ["text", 7, True, {}],
    "object": ["text", 7, True, []],
}
JSON_TYPES: list[tuple[type[Field], str]] = [
    (serializers.BooleanField, "boolean"),
    (serializers.IntegerField, "integer"),
    (serializers.FloatField, "number"),
    (serializers.DecimalField, "number"),
    (serializers.CharField, "string"),
    (serializers.UUIDField, "string"),
    (serializers.ChoiceField, "string"),
    (serializers.DateField, "string"),
    (serializers.DateTimeField, "string"),
    (serializers.TimeField, "string"),
    (serializers.ListField, "array"),
    (serializers.ListSerializer, "array"),
    (serializers.DictField, "object"),
    (serializers.Serializer, "object"),
]
CONTEXT = {"request": SimpleNamespace(user=AnonymousUser(), method="POST", query_params={}, auth=None, META={})}


class Place(NamedTuple):
    """A field of a body, where it is, and how a body looks that has only a value there."""

    path: str
    field: Field

    def body(self, value: Any) -> Any:
        for step in reversed(self.path.split(".")):
            value = [value] if step == "0" else {step: value}
        return value


def request_serializers() -> dict[str, serializers.BaseSerializer]:
    """Return the serializer of each operation that takes JSON, by method and path."""
    found = {}
    generator = SchemaGenerator()
    generator.parse(None, public=True)
    for path, path_regex, method, view in generator._get_paths_and_endpoints():
        view.request = spectacular_settings.GET_MOCK_REQUEST(method, path, view, None)
        schema = view.schema
        schema.path, schema.path_regex, schema.method = path, path_regex, method
        if "application/json" not in schema.map_parsers():
            continue
        declared = schema.get_request_serializer()
        if isinstance(declared, dict):
            declared = declared.get("application/json")
        if declared is None or method == "GET":
            continue
        serializer = force_instance(declared)
        assert isinstance(serializer, serializers.BaseSerializer), f"{method} {path}: what is the body's shape?"
        if not has_file(serializer):
            found[f"{method} {path}"] = serializer
    return found


def has_file(serializer: Any) -> bool:
    """Return whether only a form can carry the body."""
    return any(isinstance(field, serializers.FileField) for field in getattr(serializer, "fields", {}).values())


def json_type(field: Field) -> set[str]:
    """Return the JSON types that a field documents."""
    if has_override(field, "field"):
        schema = get_override(field, "field")
        return {option["type"] for option in schema.get("oneOf", [schema])}
    return {next(name for kind, name in JSON_TYPES if isinstance(field, kind))}


def places(field: Any, path: str = "") -> Iterator[Place]:
    """Yield `field` and every field inside it that reads from the body."""
    if path:
        yield Place(path, field)
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        yield from places(field.child, f"{path}.0".strip("."))
    elif isinstance(field, serializers.Serializer):
        for name, child in field.fields.items():
            if not child.read_only:
                yield from places(child, f"{path}.{name}".strip("."))


def wrong_values(field: Field) -> list[Any]:
    right = json_type(field)
    # A whole number is a number, and a list or an object is refused where neither is documented.
    values = [value for name in right for value in WRONG[name]]
    return [value for value in values if not any(is_of(value, name) for name in right)]


def is_of(value: Any, json_type: str) -> bool:
    if isinstance(value, bool):
        return json_type == "boolean"
    kinds = {"integer": int, "number": int | float, "string": str, "array": list, "object": dict}
    return json_type in kinds and isinstance(value, kinds[json_type])


def lenient(serializer: Any) -> list[str]:
    """Return the values of a wrong type that a body may hold, each with its field."""
    accepted = []
    for place in places(serializer):
        for value in wrong_values(place.field):
            try:
                place.field.to_internal_value(value)
            except serializers.ValidationError:
                continue
            accepted.append(f"{place.path}={value!r}")
    return accepted


def unnamed(serializer: Any) -> list[str]:
    """Return the fields that a refusal of the whole body does not name."""
    missing = []
    for place in places(serializer):
        for value in wrong_values(place.field):
            named = [error.field for error in flatten(checked(serializer, place.body(value)).errors)]
            if not any(field == place.path or field.startswith(f"{place.path}.") for field in named):
                missing.append(f"{place.path}={value!r}: {named}")
    return missing


def checked(serializer: Any, body: Any) -> Any:
    is_list = isinstance(serializer, serializers.ListSerializer)
    kind = type(serializer.child if is_list else serializer)
    fresh = kind(data=body, context=CONTEXT, many=is_list)
    fresh.is_valid()
    return fresh


BODIES = request_serializers()


@pytest.mark.parametrize("operation", BODIES)
def test_a_body_refuses_values_of_another_json_type(operation):
    BODIES[operation]._context = CONTEXT

    assert lenient(BODIES[operation]) == []


@pytest.mark.parametrize("operation", BODIES)
def test_a_refusal_names_the_field(operation):
    assert unnamed(BODIES[operation]) == []


def test_the_bodies_are_those_of_the_whole_api():
    names = {type(serializer).__name__ for serializer in BODIES.values()}

    assert len(BODIES) > 30
    assert {"RegisterSerializer", "MovieIdsSerializer", "CopyRequestSerializer", "NewFetchSerializer"} <= names


class Part(serializers.Serializer):
    count = serializers.IntegerField()


class Lenient(serializers.Serializer):
    whole = serializers.IntegerField(min_value=10)
    switch = serializers.BooleanField()
    text = serializers.CharField()
    key = serializers.UUIDField()
    price = serializers.DecimalField(max_digits=5, decimal_places=2)
    parts = Part(many=True)
    names = serializers.ListField(child=serializers.CharField())


class Strict(serializers.Serializer):
    whole = strict.StrictIntegerField()
    switch = strict.StrictBooleanField()
    text = strict.StrictCharField()
    key = strict.StrictUUIDField()
    names = serializers.ListField(child=strict.StrictCharField())


def test_the_check_finds_every_lenient_field():
    found = {line.partition("=")[0] for line in lenient(Lenient())}

    assert found == {"whole", "switch", "text", "key", "price", "parts.0.count", "names.0"}


def test_the_check_finds_nothing_in_strict_fields():
    assert lenient(Strict()) == []
    assert unnamed(Strict()) == []
