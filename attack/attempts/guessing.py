"""Item 10: guesses of a password in every spelling of the account."""

import time

from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.customer import Customer
from attack.visitors.visitor import Visitor

LIMIT = 10
A_SPELLING = 12


def spellings(customer: Customer) -> dict[str, dict[str, str]]:
    """Return what the sign-in would take for this account, as the body of a guess."""
    name, email = customer.username, customer.email
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in name)
    return {
        "name": {"username": name},
        "upper case": {"username": name.upper()},
        "full width": {"username": wide},
        "dotted I": {"username": name.replace("i", "\u0130", 1)},
        "dotless i": {"username": name.replace("i", "\u0131", 1)},
        "spaces": {"username": f" {name} "},
        "email": {"email": email},
        "email as name": {"username": email},
        "email in upper case": {"email": email.upper()},
        "email with a dotted I": {"email": email.replace("i", "\u0130", 1)},
    }


@attack("spellings", 10, "12 guesses each of ten spellings of one account, every guess from another address")
def guess_spellings(site: Site) -> Verdict:
    customer, twin = (
        Customer(site, username=f"iris.{name}").register().count_as_confirmed() for name in ("ilic", "ivic")
    )
    # A spelling that signs no one in is another name: its guesses are about no account.
    ways_in = [name for name, account in spellings(twin).items() if signs_in(twin, account)]
    taken = {name: guess(site, account, A_SPELLING).count(401) for name, account in spellings(customer).items()}
    total = sum(taken[name] for name in ways_in)
    figure = f"{total} guesses in the {len(ways_in)} spellings that sign in were answered; {LIMIT} are allowed"
    return Verdict(len(ways_in) > 1 and total <= LIMIT, figure)


def signs_in(customer: Customer, account: dict[str, str]) -> bool:
    body = account | {"password": customer.password}
    return Visitor(customer.site).api("POST", "/auth/login", body).status_code == 200


def guess(site: Site, account: dict[str, str], many: int) -> list[int]:
    """Guess so many times, each from another address, and return the statuses."""
    body = account | {"password": "wrong-guess"}
    return [Visitor(site).api("POST", "/auth/login", body).status_code for _ in range(many)]


def _reaches(site: Site, customer: Customer, account: dict[str, str]) -> bool:
    """Return whether this spelling names the account: after the guesses it is refused for their number."""
    answer = Visitor(site).api("POST", "/auth/login", account | {"password": customer.password})
    return answer.status_code in {200, 429}


@attack("pages-and-api", 10, "Guesses on the page after the API's are used up, from other addresses")
def guess_on_pages(site: Site) -> Verdict:
    customer = Customer(site).register().count_as_confirmed()
    in_api = guess(site, {"username": customer.username}, A_SPELLING)
    form = {"login": customer.email, "password": "wrong-guess"}
    on_page = [Visitor(site).send_form("/account/sign-in/", form).status_code for _ in range(3)]
    answered = in_api.count(401), 3 - on_page.count(429)
    figure = f"{answered[0]} of {A_SPELLING} answered in the API, then {answered[1]} of 3 on the page"
    return Verdict(answered[0] <= LIMIT and answered[1] == 0, figure)


@attack("growing-delay", 10, "Guesses after the first refusal: the wait grows, and the owner is told by mail")
def growing_delay(site: Site) -> Verdict:
    customer = Customer(site).register()
    waits = [wait_of(site, customer) for _ in range(LIMIT + 1)]
    time.sleep(min(waits[-1], 65) + 1)
    waits += [wait_of(site, customer) for _ in range(2)]
    told = site.mail.wait_for(customer.email, "failed sign-ins", seconds=15) is not None
    grown = waits[LIMIT] > 0 and waits[-2] == 0 and waits[-1] > waits[LIMIT]
    figure = f"told to wait {waits[LIMIT]} s, and {waits[-1]} s after one more guess"
    return Verdict(told and grown, f"{figure}; the owner {'was' if told else 'was not'} told by mail")


def wait_of(site: Site, customer: Customer) -> int:
    """Guess once, from another address, and return the seconds that one is told to wait; 0 if it was answered."""
    body = {"username": customer.username, "password": "wrong-guess"}
    return int(Visitor(site).api("POST", "/auth/login", body).headers.get("Retry-After", 0))
