"""The demo accounts. They exist only where the demo data was asked for."""

from datetime import date
from typing import Any

from accounts.models import User

PASSWORD = "marquee-demo"  # noqa: S105 - published in the README; that is its purpose
PEOPLE: list[dict[str, Any]] = [
    {"username": "manager", "name": "Mara Keeper", "role": User.Role.MANAGER, "date_of_birth": date(1979, 3, 14)},
    {"username": "customer", "name": "Ana Kovač", "role": User.Role.CUSTOMER, "date_of_birth": date(1994, 8, 2)},
    {"username": "customer2", "name": "Tomás Rivera", "role": User.Role.CUSTOMER, "date_of_birth": date(2012, 5, 30)},
]


def load() -> int:
    """Make the demo accounts that are missing; returns how many were made."""
    missing = [person for person in PEOPLE if not User.objects.filter(username=person["username"]).exists()]
    for person in missing:
        User.objects.create_user(email=f"{person['username']}@marquee.example", password=PASSWORD, **person)
    return len(missing)
