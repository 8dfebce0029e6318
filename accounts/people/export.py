"""Everything we hold of one person, for that person.

It follows every relation to the user, so that a new kind of row is in the export without being listed here.
"""

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import models

from accounts.models import User

# What proves who somebody is would be dangerous in a file, and tells them nothing.
SECRETS = {"password", "session_key", "token", "token_secret", "key", "seed", "data", "search"}


def collect(user: User) -> dict[str, Any]:
    """The account's own columns, then a list of rows by kind (`accounts.user` has none: it is the account)."""
    return {"account": row_of(user)} | {
        relation.related_model._meta.label_lower: rows
        for relation in user._meta.related_objects
        if (rows := rows_of(relation, user))
    }


def rows_of(relation: Any, user: User) -> list[dict[str, Any]]:
    rows = relation.related_model.objects.filter(**{relation.field.name: user}).order_by("pk")
    return [row_of(row) for row in rows]


def row_of(row: models.Model) -> dict[str, Any]:
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields if not is_secret(field)}


def is_secret(field: "models.Field[Any, Any]") -> bool:
    return field.name in SECRETS or "hash" in field.name or isinstance(field, SearchVectorField)
