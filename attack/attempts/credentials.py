"""Items 6 and 7: what outlives a new password, and an address that was never the attacker's."""

from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.customer import Customer, Refused, new_password, succeed
from attack.visitors.staff import superuser_of
from attack.visitors.visitor import Visitor

RESET = "/account/password/reset/"


def ask_for_reset(customer: Customer) -> str:
    """Ask, without signing in, for a reset of the customer's password; return the path of the link."""
    before = len(customer.site.mail.to(customer.email))
    Visitor(customer.site).send_form(RESET, {"email": customer.email})
    return customer.link(RESET, after=before)


def reset_password(customer: Customer, link: str) -> bool:
    """Open the link of a reset and set a new password. Return whether that worked."""
    browser = Visitor(customer.site)
    opened = browser.get(link)
    path = opened.headers.get("Location", link)
    password = customer.site.keep_secret("a password", new_password())
    worked = browser.send_form(path, {"password1": password, "password2": password}).status_code == 302
    if worked and "set" in path:
        customer.password = password
    return worked


def ask_for_change(customer: Customer, email: str) -> str:
    """Ask on the page for another address, and return the path of the link that was sent there."""
    fields = {"email": email, "action_add": ""}
    answer = customer.send_form("/account/email/", fields)
    if "/confirm/" in answer.headers.get("Location", ""):
        customer.send_form("/account/confirm/", {"password": customer.password})
        customer.send_form("/account/email/", fields)
    at_new_address = Customer(customer.site, username=customer.username, email=email)
    return at_new_address.link("/email/confirm/")


def open_link(visitor: Visitor, link: str) -> None:
    """Open the link of a confirmation and press its button."""
    visitor.send_form(link, {})


class Belongings:
    """All that a sign-in can leave behind: another program and browser, a feed, a reset link, a pending address."""

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.program = Customer(customer.site, username=customer.username, email=customer.email)
        self.program.password = customer.password
        self.program.sign_in()
        self.browser = Customer(customer.site, username=customer.username, email=customer.email)
        self.browser.password = customer.password
        self.browser.sign_in_to_pages()
        address = succeed(self.program.api("POST", "/calendar", {}))["address"]
        self.feed = "/" + address.split("/", 3)[3]
        customer.site.keep_secret("the token of a feed", self.feed.rsplit("/", 1)[-1].removesuffix(".ics"))
        self.reset = ask_for_reset(customer)
        self.pending = f"thief-of-{customer.email}"
        self.change = ask_for_change(self.browser, self.pending)

    def survivors(self) -> list[str]:
        """Return what still works. Sets a new password if the old link of the reset does."""
        site = self.customer.site
        alive = {
            "another program": self.program.api_works(),
            "another browser": self.browser.pages_work(),
            "the calendar feed": Visitor(site).get(self.feed).status_code == 200,
            "the old reset link": reset_password(self.customer, self.reset),
        }
        open_link(Visitor(site), self.change)
        open_link(self.browser, self.change)
        owner = superuser_of(site).call("GET", f"/users/{self.customer.id}")
        alive["the pending address"] = owner.ok and owner.json()["email"] == self.pending
        return [name for name, works in alive.items() if works]


def judge(customer: Customer, things: Belongings, mails: int) -> Verdict:
    """Tell what survived a new password, and whether the owner was told by mail."""
    told = customer.site.mail.wait_for(customer.email, "password", after=mails, seconds=15) is not None
    survivors = things.survivors()
    figure = f"alive: {', '.join(survivors) or 'nothing'}; the owner {'was' if told else 'was not'} told by mail"
    return Verdict(told and not survivors, figure)


@attack("pending-address", 6, "Register a victim's address, ask for a change, open the link after the victim's reset")
def pending_address(site: Site) -> Verdict:
    thief = Customer(site).register().sign_in_to_pages()
    stolen = f"thief-of-{thief.email}"
    link = ask_for_change(thief, stolen)
    victim = Customer(site, username=thief.username, email=thief.email)
    if not reset_password(victim, ask_for_reset(victim)):
        raise Refused("The victim's reset did not work")
    open_link(Visitor(site), link)
    open_link(thief, link)
    mine = succeed(victim.sign_in().api("GET", "/auth/me"))["email"]
    owner = "victim" if mine == victim.email else "thief"
    return Verdict(owner == "victim", f"the account has the address of the {owner}")


@attack("after-api-password", 6, "A new password over the API: what else of the account still works")
def after_api_password(site: Site) -> Verdict:
    customer = Customer(site).register()
    things, mails = Belongings(customer), len(site.mail.to(customer.email))
    new = site.keep_secret("a password", new_password())
    succeed(customer.api("POST", "/auth/password", {"old_password": customer.password, "new_password": new}))
    return judge(customer, things, mails)


@attack("after-page-password", 6, "A new password on the page")
def after_page_password(site: Site) -> Verdict:
    customer = Customer(site).register().sign_in_to_pages()
    things, mails = Belongings(customer), len(site.mail.to(customer.email))
    new = site.keep_secret("a password", new_password())
    answer = customer.send_form("/account/password/", {"oldpassword": customer.password, "password1": new})
    if answer.status_code != 302:
        raise Refused(f"The page refused the password: {answer.status_code}")
    return judge(customer, things, mails)


@attack("after-reset", 6, "A password that was reset by mail")
def after_reset(site: Site) -> Verdict:
    customer = Customer(site).register()
    things = Belongings(customer)
    second, mails = ask_for_reset(customer), len(site.mail.to(customer.email))
    if not reset_password(customer, second):
        raise Refused("The reset did not work")
    return judge(customer, things, mails)


@attack("after-api-address", 6, "A new address over the API: the old address is told")
def after_api_address(site: Site) -> Verdict:
    customer = Customer(site).register()
    body = {"email": f"new-{customer.email}", "current_password": customer.password}
    answer = customer.api("PATCH", "/auth/me", body)
    told = site.mail.wait_for(f"{customer.username}@", "address", seconds=15)
    figure = f"status {answer.status_code}, the old address {'was' if told else 'was not'} told"
    return Verdict(told is not None, figure)


@attack("admin-password-change", 7, "A password changed at /admin/password_change/ while a program is signed in")
def admin_password_change(site: Site) -> Verdict:
    owner = superuser_of(site)
    page = owner.get("/admin/password_change/")
    if page.is_redirect:
        target = page.headers["Location"]
        return Verdict("/account/" in target, f"leads to {target}")
    if page.status_code != 200:
        return Verdict(held=True, figure=f"status {page.status_code}")
    return Verdict(held=False, figure="Django's own form is open, which knows nothing of API sessions")
