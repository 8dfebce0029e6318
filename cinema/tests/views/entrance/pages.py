"""Reading the check-in pages, and posting scans to them."""

import re
from uuid import uuid4


def scanner_path(session):
    """Return the address of the session's scanner; without a session, of the scanner for any."""
    return f"/check-in/{session.pk}/" if session else "/check-in/any/"


def scan(client, session, code, **form):
    return client.post(scanner_path(session), {"code": code, "nonce": str(uuid4())} | form)


def panel(response):
    """Return (kind, {slot: text}) of the panel."""
    html = response.content.decode()
    found = re.search(r'aria-atomic="true">(.*?)</div>', html, re.S)[1]
    lines = re.findall(r'data-slot="(\w+)"( hidden)?>(.*?)</', found, re.S)
    return re.search(r'data-kind="(\w+)"', found)[1], {slot: text for slot, hidden, text in lines if not hidden}


def people(response):
    """Return [people inside, people expected]."""
    return [int(number) for number in re.findall(r"<strong>(\d+)</strong> (?:in|expected)", response.content.decode())]
