"""Item 12: a date of birth for one evening, and seats that are taken to be kept from others."""

from datetime import UTC, datetime

from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.customer import Customer, succeed
from attack.visitors.tickets import sessions_with_seats
from attack.visitors.visitor import Visitor

ACCOUNTS, EACH = 8, 10
# A family may buy; eighty seats of one address are no family.
MOST_SEATS = 40
MOST_HELD_MINUTES = 20


@attack("birth-dates", 12, "A date of birth that was set is changed, to buy with another, in the API and on the page")
def birth_dates(site: Site) -> Verdict:
    young = Customer(site, date_of_birth=f"{datetime.now(UTC).year - 10}-01-01").register().sign_in_to_pages()
    born = succeed(young.api("GET", "/auth/me"))["date_of_birth"]
    in_api = young.api("PATCH", "/auth/me", {"date_of_birth": "1980-01-01"}).status_code
    removed = young.api("PATCH", "/auth/me", {"date_of_birth": None}).status_code
    session = sessions_with_seats(young, 1)[0]
    form = {"date_of_birth": "1980-01-01"}
    young.send_form(f"/sessions/{session}/", form, to=f"/sessions/{session}/birthday/")
    now = succeed(young.api("GET", "/auth/me"))["date_of_birth"]
    figure = f"the API answered {in_api}, to its removal {removed}; it is {'the same' if now == born else 'another'}"
    return Verdict(now == born, figure)


@attack("hoarding", 12, "Eight new accounts, unconfirmed and all from one address, hold and buy ten seats each")
def hoarding(site: Site) -> Verdict:
    session, address, taken = 0, Visitor(site).address, 0
    for number in range(ACCOUNTS):
        # They registered elsewhere, one by one: the limit of registrations is another matter.
        customer = Customer(site).register()
        customer.address = address
        session = session or sessions_with_seats(customer, 90)[0]
        for quantity in (EACH, 4, 2, 1):
            path = "/tickets/bulk" if number % 2 else "/holds"
            if customer.api("POST", path, {"session_id": session, "quantity": quantity}).ok:
                taken += quantity
                break
    return Verdict(taken <= MOST_SEATS, f"{taken} seats of one session; {MOST_SEATS} would be a large family")


@attack("hold-release-hold", 12, "A hold that is released and taken again for 40 minutes, by the clock of its rows")
def hold_release_hold(site: Site) -> Verdict:
    customer = Customer(site).register().count_as_confirmed()
    session = sessions_with_seats(customer, 20)[-1]
    minutes = 0
    for _ in range(10):
        answer = customer.api("POST", "/holds", {"session_id": session, "quantity": 4})
        if not answer.ok:
            break
        minutes += 4
        _let_minutes_pass(customer, 4)
        customer.api("DELETE", f"/holds/{answer.json()['id']}")
    return Verdict(minutes <= MOST_HELD_MINUTES, f"the seats were kept for {minutes} of 40 minutes")


def _let_minutes_pass(customer: Customer, minutes: int) -> None:
    """Move what the site knows of the customer's holds into the past, in place of waiting with the seats held."""
    for table, columns in {"cinema_ticket": ("held_until",), "cinema_claim": ("started_at", "ended_at")}.items():
        moved = ", ".join(f"{column} = {column} - make_interval(mins => {minutes})" for column in columns)
        customer.site.execute(f"UPDATE {table} SET {moved} WHERE user_id = %s", customer.id)
