"""Item 10: guesses of a password in every spelling of the account."""

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
    customer = Customer(site, username="iris.ilic").register()
    taken: dict[str, int] = {}
    for name, account in spellings(customer).items():
        taken[name] = guess(site, account, A_SPELLING).count(401)
    # A spelling that does not sign in guesses at no account: only those that reach this one count.
    counted = {name: taken[name] for name, account in spellings(customer).items() if _reaches(site, customer, account)}
    total = sum(counted.values())
    open_ones = ", ".join(f"{name} {many}" for name, many in counted.items() if many)
    return Verdict(total <= LIMIT, f"{total} guesses were answered ({open_ones}); {LIMIT} a minute are allowed")


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
    customer = Customer(site).register()
    in_api = guess(site, {"username": customer.username}, A_SPELLING)
    form = {"login": customer.email, "password": "wrong-guess"}
    on_page = [Visitor(site).send_form("/account/sign-in/", form).status_code for _ in range(3)]
    answered = in_api.count(401), 3 - on_page.count(429)
    figure = f"{answered[0]} of {A_SPELLING} answered in the API, then {answered[1]} of 3 on the page"
    return Verdict(answered[0] <= LIMIT and answered[1] == 0, figure)


@attack("growing-delay", 10, "Guesses after the first refusal: the wait grows, and the owner is told by mail")
def growing_delay(site: Site) -> Verdict:
    customer = Customer(site).register()
    mails = len(site.mail.to(customer.email))
    body = {"username": customer.username, "password": "wrong-guess"}
    waits: list[int] = []
    for _ in range(LIMIT + 2):
        answer = Visitor(site).api("POST", "/auth/login", body)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
    told = site.mail.wait_for(customer.email, after=mails, seconds=15) is not None
    held = told and bool(waits) and max(waits) >= 60
    return Verdict(held, f"told to wait {waits} s; the owner {'was' if told else 'was not'} told by mail")
