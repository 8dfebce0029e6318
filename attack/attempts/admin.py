"""Items 8 and 11: what managers can ask the admin's lists, and what the admin asks of them."""

import re

from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.customer import Customer
from attack.visitors.staff import Manager, create, manager_of, superuser_of

LISTS = re.compile(r'href="(/admin/\w+/\w+/)(?:\?[^"]*)?"')
ROWS = re.compile(r'href="/admin/\w+/\w+/([^/"]+)/change/')
# From the row of a list to a person; every name that a relation has in some model.
ROADS = ("", "user__", "owner__", "purchase__user__", "ticket__user__", "requested_by__", "used_by__", "created_by__")
LOOKUP = "password__startswith"


def find_leaks(person: Manager) -> tuple[int, list[str]]:
    """Return how many filters were tried, and those that tell a right beginning of a hash from a wrong one."""
    tried, leaks = 0, list[str]()
    for path in sorted(set(LISTS.findall(person.page("/admin/").text))):
        for road in ROADS:
            tried += 1
            right = person.get(f"{path}?{road}{LOOKUP}=argon2")
            if right.status_code != 200:
                continue
            wrong = person.get(f"{path}?{road}{LOOKUP}=zzz")
            if ROWS.findall(right.text) != ROWS.findall(wrong.text):
                leaks.append(f"{path}?{road}{LOOKUP}")
    return tried, leaks


@attack(
    "password-filters", 8, "?password__startswith= over every list of the admin, by every way from a row to a person"
)
def password_filters(site: Site) -> Verdict:
    tried, leaks = 0, list[str]()
    for person in (manager_of(site), superuser_of(site)):
        many, found = find_leaks(person)
        tried, leaks = tried + many, leaks + found
    figure = f"{len(leaks)} of {tried} filters told about hashes {', '.join(leaks[:3])}"
    return Verdict(tried > 50 and not leaks, figure)


@attack("second-factor", 11, "A manager without a second factor at the admin, at the entrance and in the API")
def second_factor(site: Site) -> Verdict:
    manager = create(site).sign_in_to_pages()
    doors = {path: manager.get(path) for path in ("/admin/", "/check-in/")}
    open_doors = [path for path, answer in doors.items() if answer.status_code == 200]
    by_password = Customer(site, username=manager.username, password=manager.password)
    if by_password.try_to_sign_in().ok:
        by_password.sign_in()
        if by_password.api("GET", "/users").status_code == 200:
            open_doors.append("/api/v1/users")
    return Verdict(not open_doors, f"open: {', '.join(open_doors) or 'nothing'}")


@attack("admin-policy", 11, "The Content-Security-Policy of the admin's pages")
def admin_policy(site: Site) -> Verdict:
    policy = superuser_of(site).page("/admin/").headers.get("Content-Security-Policy", "")
    scripts = next((part.strip() for part in policy.split(";") if part.strip().startswith("script-src")), "none")
    # Alpine needs 'unsafe-eval': docs/decisions.md says why.
    return Verdict(scripts != "none" and "'unsafe-inline'" not in scripts, scripts)
