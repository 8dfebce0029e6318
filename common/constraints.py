"""What the database says of a row that it refused."""

from django.db import IntegrityError


def violated(error: IntegrityError) -> str | None:
    """The name of the constraint; None where PostgreSQL names none, as for a NULL in a column that has to be filled."""
    name: str | None = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return name
