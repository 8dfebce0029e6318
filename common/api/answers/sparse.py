"""Sparse fieldsets: `?fields=id,title` answers with those fields only."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import Field

PARAMETER = "fields"


class SparseFields(serializers.Serializer[Any]):
    """Mixin for serializers of whole answers; it chooses among top-level fields, and only when reading."""

    def requested_fields(self) -> set[str] | None:
        """Return the names in `fields`, or None for all fields. Nested serializers and writes always have all.

        Raises ValidationError for unknown names.
        """
        request = self.context.get("request")
        parent = self.parent.parent if isinstance(self.parent, serializers.ListSerializer) else self.parent
        if request is None or parent is not None or request.method not in {"GET", "HEAD"}:
            return None
        if (text := request.query_params.get(PARAMETER)) is None:
            return None
        names = {name.strip() for name in text.split(",")}
        known = super().get_fields()
        if unknown := sorted(names - set(known)):
            quoted = ", ".join(f'"{name}"' for name in unknown)
            raise ValidationError({PARAMETER: [f"Unknown: {quoted}. Known: {', '.join(known)}."]})
        return names

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        names = self.requested_fields()
        return fields if names is None else {name: field for name, field in fields.items() if name in names}
