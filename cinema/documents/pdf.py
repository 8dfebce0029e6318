"""Tickets as a PDF: up to three on a sheet of A4, with dashes to cut along."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import NamedTuple, cast

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.text import capfirst
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from cinema.core import ticket_codes
from cinema.documents import fonts, qr, wording
from cinema.models import Purchase, Ticket
from cinema.queries import tickets as rows
from common.limits.slots import take_slot

# In millimetres; a sheet is 210 by 297.
MARGIN, TOP = 15.0, 14.0
WIDTH, HEIGHT, GAP = 180.0, 82.0, 9.0
PER_SHEET = 3
PADDING = 8.0
STUB = 64.0  # the part with the QR code, right of the dashes
QR_SIZE = 56.0
TEXT = WIDTH - STUB - 2 * PADDING
INK, QUIET, LINE = (27, 22, 19), (109, 98, 87), (176, 163, 146)
# A title is printed in the largest size that fits into two lines; if even the smallest does not, it is cut off.
TITLE_SIZES = (22, 19, 16, 14, 12)
TITLE_LINES = 2


# A finished PDF is kept for a mail, and for a page that is loaded again and again; not longer, as tickets may change.
KEPT_SECONDS = 600


class Sheet(NamedTuple):
    """All that is drawn of one ticket."""

    code: str
    title: str
    day: str
    time: str
    room: str
    kind: str  # of place: "Seat"
    seat: str
    age: str
    holder: str


def purchase_pdf(purchase: Purchase) -> bytes:
    """Return the PDF of its valid tickets, in the order of the seats. Raises LookupError and Busy as `ticket_pdf`."""
    return ticket_pdf(rows.of_purchase(purchase).filter(purchased_at__isnull=False))


def ticket_pdf(tickets: Iterable[Ticket]) -> bytes:
    """Return the PDF of those that are not cancelled.

    It is kept in the cache by a hash of all that is drawn, and made by one thread of a process at a time. Raises
    LookupError if there are none, and Busy.
    """
    sheets = [_describe_ticket(ticket) for ticket in tickets if not wording.is_cancelled(ticket)]
    if not sheets:
        raise LookupError("There is no ticket to print.")
    key = _cache_key(sheets)
    if (kept := cache.get(key)) is not None:
        return cast(bytes, kept)
    with take_slot("documents"):
        # Another thread may have made the same while this one waited.
        if (kept := cache.get(key)) is None:
            kept = _render_sheets(sheets)
            cache.set(key, kept, KEPT_SECONDS)
    return cast(bytes, kept)


def _describe_ticket(ticket: Ticket) -> Sheet:
    return Sheet(
        code=ticket.code,
        title=fonts.make_printable(ticket.session.movie.title),
        day=wording.day(ticket),
        time=wording.time(ticket),
        room=fonts.make_printable(wording.room(ticket)),
        kind=capfirst(ticket.seat.get_kind_display()),
        seat=fonts.make_printable(ticket.seat.label),
        age=wording.age(ticket),
        holder=fonts.make_printable(wording.holder(ticket)),
    )


def _cache_key(sheets: Sequence[Sheet]) -> str:
    """Return a key that does not reveal the codes in it."""
    drawn = json.dumps([settings.CINEMA_NAME, *sheets])
    return f"ticket-pdf:{salted_hmac('cinema.documents.pdf', drawn, algorithm='sha256').hexdigest()}"


def _render_sheets(sheets: Sequence[Sheet]) -> bytes:
    document = FPDF(format="A4")
    document.set_auto_page_break(False)
    document.set_margin(MARGIN + PADDING)
    document.c_margin = 0
    document.set_lang("en")
    document.set_title(f"{settings.CINEMA_NAME}: tickets" if len(sheets) > 1 else f"{settings.CINEMA_NAME}: ticket")
    document.set_author(settings.CINEMA_NAME)
    written = fonts.make_printable(settings.CINEMA_NAME) + "".join(text for sheet in sheets for text in sheet)
    with fonts.added_fonts(document, written):
        for place, sheet in enumerate(sheets):
            if place % PER_SHEET == 0:
                document.add_page()
            _draw_ticket(document, sheet, TOP + place % PER_SHEET * (HEIGHT + GAP))
        return bytes(document.output())


def _draw_ticket(document: FPDF, sheet: Sheet, top: float) -> None:
    """Draw one ticket, `top` millimetres below the upper edge of the sheet."""
    _draw_frame(document, top)
    document.set_y(top + PADDING - 1)
    _write_line(document, settings.CINEMA_NAME, 10, colour=QUIET)
    document.ln(2)
    _draw_title(document, sheet.title)
    document.ln(2.5)
    _write_line(document, sheet.day, 13)
    document.ln(0.5)
    _write_line(document, sheet.time, 22, bold=True)
    document.set_y(top + HEIGHT - 25)
    _draw_details(document, sheet)
    _draw_qr_code(document, sheet, top)


def _draw_frame(document: FPDF, top: float) -> None:
    with document.local_context(draw_color=LINE, line_width=0.3):
        document.rect(MARGIN, top, WIDTH, HEIGHT, round_corners=True, corner_radius=3)
        document.set_dash_pattern(dash=1.5, gap=1.5)
        document.line(MARGIN + WIDTH - STUB, top + 3, MARGIN + WIDTH - STUB, top + HEIGHT - 3)
        document.set_dash_pattern()


def _draw_title(document: FPDF, text: str) -> None:
    lines: list[str] = []
    for size in TITLE_SIZES:
        document.set_font(fonts.MAIN, "B", size)
        lines = cast(list[str], document.multi_cell(TEXT, 1, text, dry_run=True, output="LINES", align="L"))
        if len(lines) <= TITLE_LINES:
            break
    if len(lines) > TITLE_LINES:
        lines = [*lines[: TITLE_LINES - 1], " ".join(lines[TITLE_LINES - 1 :])]
    for line in lines:
        _write_line(document, line.strip(), size, bold=True)


def _draw_details(document: FPDF, sheet: Sheet) -> None:
    """Draw room, seat and age side by side, each below its label, and the holder below them."""
    number, _, name = sheet.room.removeprefix("Room ").partition(", ")
    columns = [("Room", number), (sheet.kind, sheet.seat), ("Age", sheet.age)]
    top = document.get_y()
    for place, (label, value) in enumerate(columns):
        left = MARGIN + PADDING + place * 27
        document.set_xy(left, top)
        _write_line(document, label if value else "", 9, colour=QUIET, width=26)
        document.set_xy(left, top + 4.5)
        plain = label == "Age"
        _write_line(document, value, 13 if plain else 19, bold=not plain, width=TEXT - 54 if plain else 26, height=8.5)
    document.set_y(top + 13.5)
    _write_line(document, ", ".join(filter(None, (name, sheet.holder))), 10)


def _draw_qr_code(document: FPDF, sheet: Sheet, top: float) -> None:
    left = MARGIN + WIDTH - STUB + (STUB - QR_SIZE) / 2
    place = f"{sheet.kind} {sheet.seat}"
    code = BytesIO(qr.render_png(sheet.code))
    document.image(code, left, top + 4, QR_SIZE, QR_SIZE, alt_text=f"QR code: {place}")
    for height, text, size, bold in (
        (QR_SIZE + 5, ticket_codes.format_code(sheet.code), 12, True),
        (QR_SIZE + 11.5, place, 9, False),
        (QR_SIZE + 15.5, "Show this at the entrance.", 9, False),
    ):
        document.set_xy(left, top + height)
        _write_line(document, text, size, bold=bold, colour=INK if bold else QUIET, width=QR_SIZE, align="C")


def _write_line(
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
    """Write one line, cut off at `width`. The next line begins below it, at the left."""
    document.set_font(fonts.MAIN, "B" if bold else "", size)
    # After a line that was only measured, or that ended in the other font, fpdf2 is wrong about the current font.
    document.current_font_is_set_on_page = False
    document.set_text_color(*colour)
    line = fonts.make_printable(text)
    if document.get_string_width(line) > width:
        line = _cut_off(document, line, width)
    document.cell(width, height or size * 0.43, line, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _cut_off(document: FPDF, line: str, width: float) -> str:
    """Return the longest beginning of the line that fits, with "…". To measure a text takes a millisecond and more."""

    def cut(length: int) -> str:
        return line[:length].rstrip() + "…"

    fits = bisect_right(range(len(line)), width, key=lambda length: document.get_string_width(cut(length)))
    return cut(fits - 1)
