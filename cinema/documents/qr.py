"""A ticket's code as a picture that the door scans."""

from io import BytesIO

import segno
from django.utils.safestring import SafeString, mark_safe

from cinema.models import Ticket

# Of the lightest and the darkest modules: the same on a dark page, for not every scanner reads light on dark.
DARK, LIGHT = "#000", "#fff"
BORDER = 4  # modules, which the standard asks for


def svg(ticket: Ticket) -> SafeString:
    """To stand in a page or alone, as large as its place; it needs no style, which the pages' policy would refuse.

    Its title names the seat: of several tickets one must hear which this is.
    """
    named = f"QR code of the ticket for seat {ticket.seat.label}"
    out = BytesIO()
    symbol(ticket).save(
        out,
        kind="svg",
        title=named,
        dark=DARK,
        light=LIGHT,
        border=BORDER,
        omitsize=True,
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    # For people: the roles of a drawing's parts mean nothing, its title everything.
    drawing = out.getvalue().decode().replace("<svg ", '<svg role="img" shape-rendering="crispEdges" ', 1)
    return mark_safe(drawing)  # noqa: S308 # made of the seat's label and of modules, nothing that somebody wrote


def png(ticket: Ticket, scale: int = 8) -> bytes:
    """For paper. `scale`: pixels of a module."""
    out = BytesIO()
    symbol(ticket).save(out, kind="png", scale=scale, border=BORDER, dark=DARK, light=LIGHT)
    return out.getvalue()


def symbol(ticket: Ticket) -> segno.QRCode:
    """The code as it is stored: 16 capitals and digits fit the smallest symbol, which is read fastest and from far."""
    return segno.make_qr(ticket.code, error="m")
