"""Items 9 and 11: what answers, cookies, sign-ups and the log give away."""

import re

import requests

from attack.attempts.credentials import ask_for_reset, reset_password
from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.customer import Customer, new_password
from attack.visitors.staff import Manager
from attack.visitors.visitor import Visitor

ASKED, MOST_ANSWERED = 40, 20
PRIVATE = ("/account/", "/account/email/", "/account/password/", "/account/sessions/", "/account/second-factor/")
CHANGING = re.compile(r'value="\w{30,}"|nonce="[^"]+"|\d\d:\d\d|[0-9a-f-]{32,36}')


@attack("no-store", 11, "Pages with an address, the secret of a second factor and recovery codes may not be stored")
def no_store(site: Site) -> Verdict:
    person = Manager(site).register().count_as_confirmed().sign_in_to_pages()
    stored = [path for path in (*PRIVATE, "/account/second-factor/totp/activate/") if _may_be_stored(person, path)]
    person.set_up_second_factor()
    codes = "/account/second-factor/recovery-codes/"
    stored += [path for path in (codes, f"{codes}download/") if _may_be_stored(person, path)]
    return Verdict(not stored, f"may be stored: {', '.join(stored) or 'nothing'}")


def _may_be_stored(person: Customer, path: str) -> bool:
    answer = person.get(path)
    return "no-store" not in answer.headers.get("Cache-Control", "")


@attack("cookies", 11, "The cookies of pages and API: only over TLS, not for scripts, bound to the host")
def cookies(site: Site) -> Verdict:
    person = Customer(site).register()
    person.send_form("/account/sign-in/", {"login": person.username, "password": person.password, "remember": "on"})
    body = {"username": person.username, "password": person.password}
    person.ask("POST", "/api/v1/auth/login", json=body)
    weak = [
        one.name
        for one in person.session.cookies
        if not (one.name.startswith("__Host-") and one.secure and one.path == "/" and not one.domain_specified)
        and not one.name.startswith("__Secure-")
    ]
    many = len(list(person.session.cookies))
    return Verdict(many > 2 and not weak, f"{many} cookies; without a prefix: {', '.join(weak) or 'none'}")


@attack(
    "known-addresses",
    11,
    "Registrations with a known and another address, forty from one network; resets of both",
)
def known_addresses(site: Site) -> Verdict:
    known, asker = Customer(site).register().count_as_confirmed(), Visitor(site)
    both = known.email, f"no-{known.email}"
    answers = [_register_again(asker, both[number % 2]) for number in range(ASKED)]
    told = site.mail.wait_for(known.email, "already have an account", seconds=15) is not None
    pages = [_without_what_changes(_ask_for_reset(site, email), email) for email in both]
    answered = sum(answer[0] != 429 for answer in answers)
    alike = answers[0] == answers[1] and pages[0] == pages[1]
    figure = f"{answered} of {ASKED} registrations answered, the owner {'was' if told else 'was not'} told by mail; "
    figure += f"registrations and resets answer {'the same' if alike else 'differently'}"
    return Verdict(answered <= MOST_ANSWERED and told and alike, figure)


def _register_again(asker: Visitor, email: str) -> tuple[int, list[str]]:
    """Register another account with this address; return the status and the names in the answer."""
    body = {"username": Customer(asker.site).username, "password": new_password(), "email": email}
    answer = asker.api("POST", "/auth/register", body)
    return answer.status_code, sorted(answer.json() | answer.json().get("user", {}))


def _ask_for_reset(site: Site, email: str) -> requests.Response:
    return Visitor(site).send_form("/account/password/reset/", {"email": email})


def _without_what_changes(answer: requests.Response, email: str) -> tuple[int, str | None, str]:
    return answer.status_code, answer.headers.get("Location"), CHANGING.sub("", answer.text.replace(email, ""))


WEAK = (
    "marquee-demo", "Marquee-Demo", "marqueecinema", "password123", "1q2w3e4r5t6y", "qwertyuiop123", "iloveyou123",
    "sunshine123", "football123", "Passw0rd123", "trustno1trustno1", "letmein123",
)  # fmt: skip


@attack("weak-passwords", 11, "Twelve passwords of breached lists and of the house, at the API's registration")
def weak_passwords(site: Site) -> Verdict:
    accepted = [word for word in WEAK if _register(site, password=word) == 201]
    return Verdict(not accepted, f"accepted: {', '.join(accepted) or 'none'}")


LOOKALIKES = ("m\u0430nager", "customer\u0455", "\u043ewner", "adm\u0456n", "b\u03bfss")


@attack("mixed-scripts", 11, "Usernames that mix Latin with Cyrillic or Greek letters; whole Cyrillic ones are fine")
def mixed_scripts(site: Site) -> Verdict:
    accepted = [name for name in LOOKALIKES if _register(site, username=name) == 201]
    whole = _register(site, username="\u0418\u0440\u0438\u043d\u0430") == 201
    figure = f"{len(accepted)} of {len(LOOKALIKES)} mixed names were taken, a Cyrillic one {'too' if whole else 'not'}"
    return Verdict(whole and not accepted, figure)


def _register(site: Site, **fields: str) -> int:
    """Register over the API and return the status."""
    customer = Customer(site)
    body = {"username": customer.username, "email": customer.email, "password": customer.password} | fields
    return customer.api("POST", "/auth/register", body).status_code


@attack("api-session-end", 11, "A sign-in of the API that was opened 200 days ago and refreshed ever since")
def api_session_end(site: Site) -> Verdict:
    customer = Customer(site).register()
    site.execute(
        "UPDATE accounts_usersession SET created_at = created_at - interval '200 days' WHERE user_id = %s", customer.id
    )
    refreshed = Visitor(site).api("POST", "/auth/refresh", {"refresh": customer.refresh}).status_code
    used = customer.api("GET", "/auth/me").status_code
    return Verdict(refreshed == 401, f"the refresh got {refreshed}, the access token {used}")


@attack("log", 9, "Every password, token, code and link of this run, searched in the site's whole log")
def log(site: Site) -> Verdict:
    customer = Customer(site).register().sign_in_to_pages()
    customer.confirm_address()
    reset_password(customer, ask_for_reset(customer))
    customer.get("/movies/?query=a-search-that-is-private")
    site.keep_secret("a query", "a-search-that-is-private")
    text = "\n".join(file.read_text(errors="replace") for file in site.log.parent.rglob("*.log"))
    found = {what for secret, what in site.secrets.items() if secret in text}
    searched = f"{len(site.secrets)} secrets in {len(text) / 1e6:.1f} MB of log"
    figure = f"{searched}; found: {', '.join(sorted(found)) or 'none'}"
    return Verdict(bool(text) and not found, figure)
