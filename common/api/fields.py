"""Fields of JSON bodies: a value must have the JSON type that the API documents, and is never converted.

Query parameters and forms carry text only; they have filters, form fields or REST framework's own fields.
"""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from common.api.problems import MAX_ERRORS

MAX_ID = 2**63 - 1  # of the database's bigint columns


class StrictBooleanField(serializers.BooleanField):
    """JSON's true or false; "true", "yes" and 1 are refused."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictIntegerField(serializers.IntegerField):
    """A whole number of JSON; "7", 7.5 and true are refused. 7.0 is 7, as in JSON Schema."""

    default_error_messages = {"invalid": "Send a whole number."}

    def to_internal_value(self, data: Any) -> int:
        whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if isinstance(data, bool) or not whole:
            self.fail("invalid")
        return int(data)


class IdField(StrictIntegerField):
    """The id of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **options)


class StrictCharField(serializers.CharField):
    """A string of JSON; 5 and true are refused."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictUUIDField(serializers.UUIDField):
    """A UUID as a string of JSON; 5 is refused."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class StrictListField(serializers.ListField):
    """A list of JSON. Nothing is looked at in a list that is too long, nor after the first MAX_ERRORS errors."""

    def run_child_validation(self, data: Any) -> list[Any]:
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        values: list[Any] = []
        errors: dict[Any, Any] = {}
        for index, item in enumerate(data):
            try:
                values.append(self.child.run_validation(item))
            except ValidationError as error:
                errors[index] = error.detail
                if len(errors) == MAX_ERRORS:
                    break
        if errors:
            raise ValidationError(errors)
        return values


class CheckedListSerializer(serializers.ListSerializer[Any]):
    """A list of objects, in which nothing is looked at after the first MAX_ERRORS errors."""

    errors_so_far = 0

    def run_child_validation(self, data: Any) -> Any:
        if self.errors_so_far >= MAX_ERRORS:
            return {}  # the list is refused in any case
        try:
            return super().run_child_validation(data)
        except ValidationError as error:
            self.errors_so_far += len(error.detail)
            raise
