"""Item 1: clients that hold connections, and the work that must go on beside them."""

import io
import re
import time
from contextlib import AbstractContextManager

from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.customer import Customer, Refused, succeed
from attack.visitors.drill import drill
from attack.visitors.holders import held, slow_body, slow_headers, slow_reader
from attack.visitors.visitor import Visitor


def _slow_bodies(site: Site, many: int) -> AbstractContextManager[object]:
    return held(site.url, slow_body(), many)


@attack("slow-bodies-4", 1, "Four bodies that send two bytes a second")
def slow_bodies_4(site: Site) -> Verdict:
    return drill(site, lambda: _slow_bodies(site, 4))


@attack("slow-bodies-64", 1, "64 bodies that send two bytes a second")
def slow_bodies_64(site: Site) -> Verdict:
    return drill(site, lambda: _slow_bodies(site, 64))


@attack("slow-headers-64", 1, "64 requests whose headers never end")
def slow_headers_64(site: Site) -> Verdict:
    return drill(site, lambda: held(site.url, slow_headers(), 64, drip=b"x"))


@attack("slow-readers-64", 1, "64 clients that ask for a script of 1 MB and do not read it")
def slow_readers_64(site: Site) -> Verdict:
    script = re.search(r'src="(/static/[^"]*swagger-ui-bundle[^"]*)"', Visitor(site).get("/api/v1/docs").text)
    if script is None:
        raise Refused("The page of the API's document names no script")
    return drill(site, lambda: held(site.url, slow_reader(script[1]), 64, drip=b""))


@attack("slow-bodies-end", 1, "A slow body is ended by the site, which says so, within a minute")
def slow_bodies_end(site: Site) -> Verdict:
    began = time.monotonic()
    with held(site.url, slow_body(), 1) as holders:
        while not holders.ended and time.monotonic() - began < 60:
            time.sleep(0.2)
    seconds = time.monotonic() - began
    return Verdict(bool(holders.ended), f"ended after {seconds:.0f} s" if holders.ended else "still open after 60 s")


@attack("bodies-still-pass", 1, "An upload of 3 MB, a chunked body and a streamed export pass; a body of 3 MB does not")
def bodies_still_pass(site: Site) -> Verdict:
    customer = Customer(site).register()
    lines = (b"2020-01-01,No film %d,1999,5,%s\n" % (number, b"x" * 10_000) for number in range(300))
    library = b"Date,Name,Year,Rating,Letterboxd URI\n" + b"".join(lines)
    sent = customer.api("POST", "/library/imports", files={"file": ("ratings.csv", io.BytesIO(library))})
    # A generator has no length: requests sends it in chunks.
    credentials = f'{{"username": "{customer.username}", "password": "{customer.password}"}}'.encode()
    chunked = customer.ask(
        "POST", "/api/v1/auth/login", data=iter([credentials]), headers={"Content-Type": "application/json"}
    )
    streamed = customer.api("GET", "/library/export?format=json")
    too_long = customer.ask(
        "POST", "/api/v1/auth/login", data=b"[" * 3_000_000, headers={"Content-Type": "application/json"}
    )
    succeed(customer.api("GET", "/auth/me"))
    statuses = [sent.status_code, chunked.status_code, streamed.status_code, too_long.status_code]
    wanted = statuses[0] in {201, 202} and statuses[1:] == [200, 200, 413]
    figure = "upload {}, chunked {}, export {}, too long {}".format(*statuses)
    return Verdict(wanted, figure if sent.ok else f"{figure}: {sent.text[:200]}")
