"""QR codes of tickets, which are scanned at the entrance."""

from io import BytesIO

import segno
from django.utils.safestring import SafeString, mark_safe

from cinema.models import Ticket

# The colours are the same on a dark page, because not every scanner reads light on dark.
DARK, LIGHT = "#000", "#fff"
BORDER = 4  # modules, as the standard requires


def render_svg(ticket: Ticket) -> SafeString:
    """Return an SVG for a page or a file; it fills its container and needs no style, which the CSP would refuse.

    Its title names the seat and its kind, for screen readers on a page with several tickets.
    """
    title = f"QR code of the ticket for {ticket.seat.name}"
    out = BytesIO()
    _make_code(ticket.code).save(
        out,
        kind="svg",
        title=title,
        dark=DARK,
        light=LIGHT,
        border=BORDER,
        omitsize=True,
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    # With role="img" a screen reader reads the title and not the parts of the drawing.
    drawing = out.getvalue().decode().replace("<svg ", '<svg role="img" shape-rendering="crispEdges" ', 1)
    return mark_safe(drawing)  # noqa: S308 # made of the seat's label and of modules only, no user input


def render_png(code: str, scale: int = 8) -> bytes:
    """Return a PNG of the ticket's code for paper; `scale` is the size of a module in pixels."""
    out = BytesIO()
    _make_code(code).save(out, kind="png", scale=scale, border=BORDER, dark=DARK, light=LIGHT)
    return out.getvalue()


def _make_code(code: str) -> segno.QRCode:
    """Return the QR code of the stored code: 16 capitals and digits fit the smallest size, which scans best."""
    return segno.make_qr(code, error="m")
