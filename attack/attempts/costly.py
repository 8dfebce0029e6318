"""Item 3: costly work in the threads that sell tickets, and limits that pages do not share with the API."""

import io
import time
from collections import Counter
from itertools import count

from PIL import Image

from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.customer import Customer, Refused, succeed
from attack.visitors.drill import drill
from attack.visitors.holders import repeated
from attack.visitors.tickets import confirm, hold, sessions_with_seats
from attack.visitors.visitor import Visitor

TABS = 4
LIMIT = 100  # requests a minute from one address, as the API has it by default
# A limit of a minute may begin anew while the attack runs, and parts of a page have limits of their own.
MOST_PASSED = 2 * LIMIT + 20


@attack("pdf-tabs", 3, "Four tabs that reload a PDF of ten tickets, of a customer with a Chinese name")
def pdf_tabs(site: Site) -> Verdict:
    customer = Customer(site, name="陈晓明").register().count_as_confirmed().sign_in_to_pages()
    purchase = hold(customer, sessions_with_seats(customer, 60)[-1], 10)
    confirm(customer, purchase)
    path, answers, seconds = f"/purchases/{purchase}/tickets.pdf", set[str](), list[float]()

    def reload() -> None:
        answer = customer.get(path)
        seconds.append(answer.elapsed.total_seconds())
        answers.add(f"{answer.status_code} {answer.headers.get('Content-Type', '').partition(';')[0]}")
        time.sleep(0.1)

    verdict = drill(site, lambda: repeated(reload, TABS))
    figure = f"{len(seconds)} PDFs, the slowest {max(seconds):.1f} s ({', '.join(sorted(answers))}); {verdict.figure}"
    return Verdict(verdict.held and any("pdf" in one for one in answers), figure)


def picture(megapixels: int) -> bytes:
    """Return a JPEG that is costly to decode and small enough to be taken."""
    width = 5000
    strip = Image.effect_noise((width, 500), 16).convert("RGB")
    whole = Image.new("RGB", (width, megapixels * 1_000_000 // width))
    for top in range(0, whole.height, strip.height):
        whole.paste(strip, (0, top))
    file = io.BytesIO()
    whole.save(file, "JPEG", quality=40)
    return file.getvalue()


@attack("large-poster", 3, "A poster of 40 megapixels, uploaded and confirmed again and again")
def large_poster(site: Site) -> Verdict:
    customer, file, states = Customer(site).register().count_as_confirmed(), picture(40), list[int]()
    film = succeed(customer.api("POST", "/movies", {"title": "Our holiday", "release_date": "2024-07-01"}))["id"]

    def upload() -> None:
        began = customer.api(
            "POST", f"/movies/{film}/poster/upload", files={"file": ("poster.jpg", file, "image/jpeg")}
        )
        states.append(began.status_code)
        if began.ok:
            body = {"upload_id": began.json()["upload_id"]}
            done = customer.api("PUT", f"/movies/{film}/poster", body)
            states.append(done.status_code)
            if done.status_code == 400:
                raise Refused(done.text[:200])
        else:
            time.sleep(1)

    verdict = drill(site, lambda: repeated(upload, 2))
    figure = f"a JPEG of {len(file) / 1e6:.1f} MB, statuses {dict(Counter(states))}; {verdict.figure}"
    return Verdict(verdict.held and bool({200, 202} & {*states}), figure)


@attack("second-import", 3, "A library of 19 MB while another import of the customer waits: refused before it is read")
def second_import(site: Site) -> Verdict:
    customer = Customer(site).register()
    head, line = "Date,Name,Year,Letterboxd URI,Rating,Review\n", "2020-01-01,A film that is not here {},1999,,4,{}\n"
    first = head + "".join(line.format(number, "") for number in range(3_000))
    large = head + "".join(line.format(number, "word " * 190) for number in range(19_000))
    succeed(customer.api("POST", "/library/imports", files={"file": ("ratings.csv", first)}))
    began = time.monotonic()
    refused = customer.api("POST", "/library/imports", files={"file": ("ratings.csv", large)}, timeout=90)
    seconds = time.monotonic() - began
    held = refused.status_code in {409, 413, 429} and seconds < 5
    said = "" if held else f": {refused.text[:200]}"
    return Verdict(held, f"{len(large) / 1e6:.0f} MB: status {refused.status_code} after {seconds:.1f} s{said}")


@attack("suggest-limit", 3, "300 suggestions of the page and 100 of the API for one address: one limit by cost")
def suggest_limit(site: Site) -> Verdict:
    visitor, letters = Visitor(site), count()
    paths = ["/movies/suggest/?query=fil{}"] * 300 + ["/api/v1/movies/suggest?query=fil{}"] * 100
    statuses = [visitor.get(path.format(next(letters))).status_code for path in paths]
    on_page, in_api = statuses[:300].count(200), statuses[300:].count(200)
    return Verdict(on_page <= MOST_PASSED, f"{on_page} of 300 passed on the page, then {in_api} of 100 in the API")


@attack("refusals-count", 3, "Refused guesses, 250 each: pages and API (404), tickets, and without sign-in (401)")
def refusals_count(site: Site) -> Verdict:
    passed = {}
    for name, path in {
        "pages": "/movies/99{:04}-x/",
        "tickets": "/tickets/GUESS{:04}/print/",
        "API": "/api/v1/movies/99{:04}",
        "401": "/api/v1/tickets/{:04}",
    }.items():
        visitor = Visitor(site)
        statuses = [visitor.get(path.format(number)).status_code for number in range(250)]
        passed[name] = len(statuses) - statuses.count(429)
    figure = ", ".join(f"{name} {many}" for name, many in passed.items())
    return Verdict(all(many <= MOST_PASSED for many in passed.values()), f"of 250 each were answered: {figure}")


@attack("search-drill", 3, "Searches with costly words from one address, four at once")
def search_drill(site: Site) -> Verdict:
    visitor, letters, statuses = Visitor(site), count(), list[int]()

    def search() -> None:
        statuses.append(visitor.get(f"/movies/?query={'the of a and ' * 12}{next(letters)}").status_code)

    verdict = drill(site, lambda: repeated(search, TABS))
    return Verdict(verdict.held, f"{len(statuses)} searches, {statuses.count(429)} limited; {verdict.figure}")
