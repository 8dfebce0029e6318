"""What a PDF costs: small fonts, made once, by one thread at a time."""

import pytest
from django.core.cache import cache
from fpdf import FPDF

from cinema.documents import pdf
from cinema.tests.factories import TicketFactory
from common.limits.slots import Busy, take_slot

pytestmark = pytest.mark.django_db
# The whole fonts have 800,000 bytes, and 16,000,000.
LARGEST_FONT = 60_000


@pytest.fixture
def made(monkeypatch):
    """Return a list that grows with each PDF that is really made."""
    made = []

    def count(sheets, render=pdf._render_sheets):
        made.append(sheets)
        return render(sheets)

    monkeypatch.setattr(pdf, "_render_sheets", count)
    return made


@pytest.mark.parametrize("title", ["The Mirror", "千と千尋の神隠し", "जाने भी दो यारो"])
def test_fpdf_gets_fonts_of_few_characters(ticket, title, monkeypatch):
    sizes = []

    def note_size(self, family, style, file, add_font=FPDF.add_font):
        sizes.append(file.stat().st_size)
        add_font(self, family, style, file)

    monkeypatch.setattr(FPDF, "add_font", note_size)
    ticket.session.movie.title = title
    pdf.ticket_pdf([ticket])
    assert len(sizes) in {2, 3}
    assert max(sizes) < LARGEST_FONT


def test_the_same_tickets_are_drawn_once(ticket, made):
    assert pdf.ticket_pdf([ticket]) == pdf.ticket_pdf([ticket]) == pdf.purchase_pdf(ticket.purchase)
    assert len(made) == 1


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("session.movie", "title", "The Steamroller and the Violin"),
        ("session.movie", "age_restriction", 18),
        ("session.room", "name", "Small Hall"),
        ("user", "name", "Ana Maria"),
        ("seat", "number", 8),
        ("seat", "kind", "wheelchair"),
    ],
)
def test_what_is_drawn_differently_is_drawn_again(ticket, made, part, name, value):
    pdf.ticket_pdf([ticket])
    changed = ticket
    for step in part.split("."):
        changed = getattr(changed, step)
    setattr(changed, name, value)
    pdf.ticket_pdf([ticket])
    assert len(made) == 2


def test_tickets_of_others_are_never_the_same(ticket, made):
    other = TicketFactory(session=ticket.session, seat=ticket.seat, cancelled_at=ticket.purchased_at)
    other.cancelled_at, other.user.name = None, ticket.user.name
    assert pdf.ticket_pdf([ticket]) != pdf.ticket_pdf([other])
    assert len(made) == 2


def test_one_thread_draws_at_a_time(ticket):
    """The others are refused at once instead of waiting; the next attempt succeeds."""
    with take_slot("documents"), pytest.raises(Busy) as refused:
        pdf.ticket_pdf([ticket])
    assert refused.value.wait == 2
    assert pdf.ticket_pdf([ticket]).startswith(b"%PDF")


def test_what_is_drawn_already_needs_no_slot(ticket):
    drawn = pdf.ticket_pdf([ticket])
    with take_slot("documents"):
        assert pdf.ticket_pdf([ticket]) == drawn


def test_a_thread_that_waited_takes_what_the_other_drew(ticket, made, monkeypatch):
    answers = [None, b"drawn by the other"]
    monkeypatch.setattr(pdf.cache, "get", lambda key: answers.pop(0))
    assert (pdf.ticket_pdf([ticket]), made) == (b"drawn by the other", [])


def test_the_slot_is_free_again_after_an_error(ticket, monkeypatch):
    monkeypatch.setattr(pdf, "_render_sheets", lambda sheets: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            pdf.ticket_pdf([ticket])


def test_the_key_does_not_reveal_the_code(ticket):
    pdf.ticket_pdf([ticket])
    assert not any(ticket.code in key for key in cache.keys("*"))
