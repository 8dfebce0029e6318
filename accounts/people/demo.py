"""The demo accounts. They exist only where the demo data was asked for."""

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

# Those who only make the films' pages lively: nobody can sign in as them.
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
    """Make the demo accounts that are missing, their addresses confirmed; returns how many were made."""
    made = _make(PEOPLE, PASSWORD)
    people = User.objects.filter(username__in=[person["username"] for person in PEOPLE], emailaddress=None)
    addresses = [EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in people]
    EmailAddress.objects.bulk_create(addresses)
    return made


def load_visitors() -> int:
    """Make the visitors who are missing; returns how many were made."""
    people = [
        # Grown up, so that they may see any film.
        {"username": username, "name": name, "date_of_birth": date(1955 + 7 * nth % 47, nth % 12 + 1, 28 - nth)}
        for nth, (username, name) in enumerate(VISITORS.items())
    ]
    return _make(people, None)


def _make(people: list[dict[str, Any]], password: str | None) -> int:
    known = set(User.objects.values_list("username", flat=True))
    missing = [person for person in people if person["username"] not in known]
    for person in missing:
        User.objects.create_user(email=f"{person['username']}@marquee.example", password=password, **person)
    return len(missing)
