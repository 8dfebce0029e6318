"""Tickets on paper: up to three on a sheet of A4, to be cut apart along the dashes."""

from collections.abc import Iterable
from io import BytesIO
from typing import cast

from django.conf import settings
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from cinema.core import ticket_codes
from cinema.documents import fonts, qr, wording
from cinema.models import Purchase, Ticket
from cinema.queries import tickets as rows

# Millimetres, of a sheet of 210 by 297.
MARGIN, TOP = 15.0, 14.0
WIDTH, HEIGHT, GAP = 180.0, 82.0, 9.0
PER_SHEET = 3
PADDING = 8.0
STUB = 64.0  # what the QR code is on, right of the perforation
SYMBOL = 56.0
TEXT = WIDTH - STUB - 2 * PADDING
INK, QUIET, LINE = (27, 22, 19), (109, 98, 87), (176, 163, 146)
# A title is set as large as it fits into two lines, and cut off where even the smallest does not.
TITLE_SIZES = (22, 19, 16, 14, 12)
TITLE_LINES = 2


def of_purchase(purchase: Purchase) -> bytes:
    """Its tickets that are still good, in the order of the seats. Raises LookupError where there are none."""
    return of_tickets(rows.of_purchase(purchase).filter(purchased_at__isnull=False))


def of_tickets(tickets: Iterable[Ticket]) -> bytes:
    """Those that are still good. Raises LookupError where there are none: nobody gets a sheet that opens no door."""
    good = [ticket for ticket in tickets if not wording.is_off(ticket)]
    if not good:
        raise LookupError("There is no ticket to print.")
    document = FPDF(format="A4")
    document.set_auto_page_break(False)
    document.set_margin(MARGIN + PADDING)
    document.c_margin = 0
    document.set_lang("en")
    document.set_title(f"{settings.CINEMA_NAME}: tickets" if len(good) > 1 else f"{settings.CINEMA_NAME}: ticket")
    document.set_author(settings.CINEMA_NAME)
    with fonts.equipped(document, "".join(everything(good))):
        for place, ticket in enumerate(good):
            if place % PER_SHEET == 0:
                document.add_page()
            draw(document, ticket, TOP + place % PER_SHEET * (HEIGHT + GAP))
        return bytes(document.output())


def everything(tickets: Iterable[Ticket]) -> Iterable[str]:
    for ticket in tickets:
        film, room = ticket.session.movie.title, ticket.session.room.name
        yield from map(fonts.printable, (settings.CINEMA_NAME, film, room, wording.holder(ticket)))


def draw(document: FPDF, ticket: Ticket, top: float) -> None:
    """One ticket, its upper edge `top` from the sheet's."""
    frame(document, top)
    document.set_y(top + PADDING - 1)
    write(document, settings.CINEMA_NAME, 10, colour=QUIET)
    document.ln(2)
    title(document, ticket)
    document.ln(2.5)
    write(document, wording.day(ticket), 13)
    document.ln(0.5)
    write(document, wording.time(ticket), 22, bold=True)
    document.set_y(top + HEIGHT - 25)
    facts(document, ticket)
    symbol(document, ticket, top)


def frame(document: FPDF, top: float) -> None:
    with document.local_context(draw_color=LINE, line_width=0.3):
        document.rect(MARGIN, top, WIDTH, HEIGHT, round_corners=True, corner_radius=3)
        document.set_dash_pattern(dash=1.5, gap=1.5)
        document.line(MARGIN + WIDTH - STUB, top + 3, MARGIN + WIDTH - STUB, top + HEIGHT - 3)
        document.set_dash_pattern()


def title(document: FPDF, ticket: Ticket) -> None:
    text = fonts.printable(ticket.session.movie.title)
    lines: list[str] = []
    for size in TITLE_SIZES:
        document.set_font(fonts.MAIN, "B", size)
        lines = cast(list[str], document.multi_cell(TEXT, 1, text, dry_run=True, output="LINES", align="L"))
        if len(lines) <= TITLE_LINES:
            break
    if len(lines) > TITLE_LINES:
        lines = [*lines[: TITLE_LINES - 1], " ".join(lines[TITLE_LINES - 1 :])]
    for line in lines:
        write(document, line.strip(), size, bold=True)


def facts(document: FPDF, ticket: Ticket) -> None:
    """Side by side what one looks for in the dark, each under its name; below, whose ticket it is."""
    number, _, name = wording.room(ticket).removeprefix("Room ").partition(", ")
    columns = [("Room", number), ("Seat", ticket.seat.label), ("Age", wording.age(ticket))]
    top = document.get_y()
    for place, (label, value) in enumerate(columns):
        left = MARGIN + PADDING + place * 27
        document.set_xy(left, top)
        write(document, label if value else "", 9, colour=QUIET, width=26)
        document.set_xy(left, top + 4.5)
        plain = label == "Age"
        write(document, value, 13 if plain else 19, bold=not plain, width=TEXT - 54 if plain else 26, height=8.5)
    document.set_y(top + 13.5)
    write(document, ", ".join(filter(None, (name, wording.holder(ticket)))), 10)


def symbol(document: FPDF, ticket: Ticket, top: float) -> None:
    left = MARGIN + WIDTH - STUB + (STUB - SYMBOL) / 2
    document.image(
        BytesIO(qr.png(ticket)), left, top + 4, SYMBOL, SYMBOL, alt_text=f"QR code, seat {ticket.seat.label}"
    )
    for height, text, size, bold in (
        (SYMBOL + 5, ticket_codes.format_code(ticket.code), 12, True),
        (SYMBOL + 11.5, f"Seat {ticket.seat.label}. Show this at the entrance.", 9, False),
    ):
        document.set_xy(left, top + height)
        write(document, text, size, bold=bold, colour=INK if bold else QUIET, width=SYMBOL, align="C")


def write(
    document: FPDF,
    text: str,
    size: float,
    *,
    bold: bool = False,
    colour: tuple[int, int, int] = INK,
    width: float = TEXT,
    height: float = 0,
    align: str = "L",
) -> None:
    """One line, cut off where its place ends. The next begins below it, at the left."""
    document.set_font(fonts.MAIN, "B" if bold else "", size)
    # A line that was only measured, or that ended in the other font, leaves fpdf2 wrong about what the sheet knows.
    document.current_font_is_set_on_page = False
    document.set_text_color(*colour)
    line = fonts.printable(text)
    while document.get_string_width(line) > width:
        line = line[:-2].rstrip() + "…"
    document.cell(width, height or size * 0.43, line, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
