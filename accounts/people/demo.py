"""The demo accounts, which exist only where the demo data was loaded on purpose."""

from datetime import date
from typing import Any

from allauth.account.models import EmailAddress

from accounts.models import User

PASSWORD = "marquee-demo"  # noqa: S105 - published in the README; that is its purpose
PEOPLE: list[dict[str, Any]] = [
    {"username": "manager", "name": "Mara Keeper", "role": User.Role.MANAGER, "date_of_birth": date(1979, 3, 14)},
    {"username": "customer", "name": "Ana Kovač", "role": User.Role.CUSTOMER, "date_of_birth": date(1994, 8, 2)},
    {"username": "customer2", "name": "Tomás Rivera", "role": User.Role.CUSTOMER, "date_of_birth": date(2012, 5, 30)},
]

# Users without a password, whose ratings and tickets make the pages lively.
VISITORS: dict[str, str] = {
    "amina": "Amina Diallo",
    "anders": "Anders Lind",
    "bea": "Bea Hartmann",
    "chidi": "Chidi Okafor",
    "clara": "Clara Jansen",
    "dario": "Dario Conti",
    "elif": "Elif Aydın",
    "emre": "Emre Şahin",
    "farah": "Farah Haddad",
    "goran": "Goran Petrović",
    "hana": "Hana Nováková",
    "ines": "Inês Carvalho",
    "jun": "Jun Takahashi",
    "kwame": "Kwame Mensah",
    "leila": "Leila Rahimi",
    "liam": "Liam Byrne",
    "lucia": "Lucía Moreno",
    "marek": "Marek Zieliński",
    "mei": "Mei Lin",
    "nadia": "Nadia Benali",
    "oskar": "Oskar Virtanen",
    "priya": "Priya Nair",
    "rui": "Rui Tavares",
    "sofia": "Sofía Herrera",
    "tariq": "Tariq Aziz",
    "vera": "Vera Kuznetsova",
    "yuki": "Yuki Mori",
}


def load() -> int:
    """Create the missing demo accounts, with confirmed addresses; return how many were created."""
    return _create(PEOPLE, PASSWORD)


def load_visitors() -> int:
    """Create the missing visitors, with confirmed addresses; return how many were created."""
    people = [
        # Adults, so that they may see any film.
        {"username": username, "name": name, "date_of_birth": date(1955 + 7 * nth % 47, nth % 12 + 1, 28 - nth)}
        for nth, (username, name) in enumerate(VISITORS.items())
    ]
    return _create(people, None)


def _create(people: list[dict[str, Any]], password: str | None) -> int:
    known = set(User.objects.values_list("username", flat=True))
    missing = [person for person in people if person["username"] not in known]
    for person in missing:
        User.objects.create_user(email=f"{person['username']}@marquee.example", password=password, **person)
    unconfirmed = User.objects.filter(username__in=[person["username"] for person in people], emailaddress=None)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in unconfirmed
    )
    return len(missing)
