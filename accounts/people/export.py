"""The export of everything that is stored about a user.

It follows every relation to the user, so a new model is exported without being listed here.
"""

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import models

from accounts.models import User

# Credentials would be dangerous in a file and are of no use to its reader.
SECRETS = {"password", "session_key", "token", "token_secret", "key", "seed", "data", "search"}


def collect_data(user: User) -> dict[str, Any]:
    """Return the account's columns as "account", and the rows of each related model under its label."""
    return {"account": _export_row(user)} | {
        relation.related_model._meta.label_lower: rows
        for relation in user._meta.related_objects
        if (rows := _export_rows(relation, user))
    }


def _export_rows(relation: Any, user: User) -> list[dict[str, Any]]:
    rows = relation.related_model.objects.filter(**{relation.field.name: user}).order_by("pk")
    return [_export_row(row) for row in rows]


def _export_row(row: models.Model) -> dict[str, Any]:
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields if not _is_secret(field)}


def _is_secret(field: "models.Field[Any, Any]") -> bool:
    return field.name in SECRETS or "hash" in field.name or isinstance(field, SearchVectorField)
