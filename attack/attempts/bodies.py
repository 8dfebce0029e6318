"""Item 2: bodies within the size limit that cost much more to read than they are long."""

import time
from collections.abc import Callable

from attack.registry import Verdict, attack
from attack.site.running import Site
from attack.visitors.drill import drill
from attack.visitors.holders import repeated
from attack.visitors.visitor import Visitor

SIZE = 2_500_000
ROUNDS, ENOUGH_SECONDS = 3, 6
# Of the time that a plain list of the same size takes; what is over in a third of a second is no harm.
RATIO, HARMLESS_SECONDS = 4.0, 0.33
JSON = {"Content-Type": "application/json"}


def fill(beginning: str, part: Callable[[int], str], end: str) -> bytes:
    """Return a body of at most SIZE bytes of numbered parts."""
    many = (SIZE - 2) // (len(part(999_999)) + 1)
    return (beginning + ",".join(part(number) for number in range(many)) + end).encode()


def plain_list() -> bytes:
    return b"[" + b",".join([b"1"] * (SIZE // 2)) + b"]"


def names() -> bytes:
    return fill("{", lambda number: f'"{number:x}":1', "}")


def names_in_items() -> bytes:
    return fill("[", lambda number: f'{{"{number:x}":1}}', "]")


KINDS: dict[str, Callable[[], bytes]] = {
    "names": names,
    "names in items": names_in_items,
    "depth of lists": lambda: b"[" * (SIZE // 2) + b"]" * (SIZE // 2),
    "depth of objects": lambda: b'{"a":' * (SIZE // 6) + b"1" + b"}" * (SIZE // 6),
    "escapes": lambda: b'{"username":"' + b"\\u0041" * (SIZE // 6) + b'","password":"x"}',
    "nested escapes": lambda: b'{"username":"' + b'\\\\\\"' * (SIZE // 4) + b'","password":"x"}',
    "halves of pairs": lambda: b'{"username":"' + b"\\ud83d" * (SIZE // 6) + b'","password":"x"}',
    "a long whole number": lambda: b'{"username":' + b"9" * SIZE + b"}",
    "many long whole numbers": lambda: b"[" + b",".join([b"9" * 4000] * (SIZE // 4001)) + b"]",
    "a long fraction": lambda: b"[0." + b"9" * SIZE + b"]",
    "one name again and again": lambda: fill("{", lambda _: '"username":1', "}"),
    "bytes that are no text": lambda: b'["' + b"\xff" * SIZE + b'"]',
}


@attack("json-ratios", 2, "Bodies of 2.5 MB to /auth/login: names, depth, escapes, long numbers, beside a plain list")
def json_ratios(site: Site) -> Verdict:
    usual = cheapest(site, plain_list())
    ratios = {}
    for kind, make in KINDS.items():
        seconds = cheapest(site, make())
        ratios[kind] = (seconds / usual, seconds)
    for kind in [kind for kind, (ratio, seconds) in ratios.items() if ratio > RATIO and seconds > HARMLESS_SECONDS]:
        usual, seconds = cheapest(site, plain_list()), cheapest(site, KINDS[kind]())  # the machine may have been busy
        ratios[kind] = (seconds / usual, seconds)
    bad = [kind for kind, (ratio, seconds) in ratios.items() if ratio > RATIO and seconds > HARMLESS_SECONDS]
    worst = max(ratios, key=lambda kind: ratios[kind][0])
    figure = f"a plain list {usual * 1000:.0f} ms; the worst, {worst}, {ratios[worst][0]:.1f} times that"
    if bad:
        figure += "; too much: " + ", ".join(f"{kind} {ratios[kind][1]:.1f} s" for kind in bad)
    return Verdict(not bad, figure)


def cheapest(site: Site, body: bytes) -> float:
    """Return the fewest seconds of some attempts, each from another address. Raises ValueError if one is accepted."""
    seconds = list[float]()
    while len(seconds) < ROUNDS and sum(seconds) < ENOUGH_SECONDS:
        visitor, began = Visitor(site), time.monotonic()
        status = visitor.ask("POST", "/api/v1/auth/login", data=body, headers=JSON).status_code
        seconds.append(time.monotonic() - began)
        if status not in {400, 413, 401}:
            raise ValueError(f"A senseless body got the status {status}")
    return min(seconds)


@attack("names-drill", 2, "A body of 2.5 MB of names, sent again and again by one client")
def names_drill(site: Site) -> Verdict:
    body = names()

    def send() -> None:
        Visitor(site).ask("POST", "/api/v1/auth/login", data=body, headers=JSON)

    return drill(site, lambda: repeated(send, 1))
