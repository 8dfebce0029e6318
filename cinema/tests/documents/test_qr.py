"""QR codes, read back by an independent decoder."""

import re
from io import BytesIO
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from cinema.documents import qr

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"
PIXELS = 6  # of a module


def rasterize(drawing):
    """Draw the SVG, whose path is moves (M, m) and lines to the right (h), one module high."""
    root = ElementTree.fromstring(drawing)
    size = int(root.attrib["viewBox"].split()[2])
    image = Image.new("L", (size * PIXELS, size * PIXELS), 255)
    pen = ImageDraw.Draw(image)
    path = next(part.attrib["d"] for part in root.iter(f"{SVG}path") if "stroke" in part.attrib)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        steps = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            top = (y - 0.5) * PIXELS
            pen.rectangle((x * PIXELS, top, (x + steps[0]) * PIXELS - 1, top + PIXELS - 1), fill=0)
            x += steps[0]
        else:
            x, y = steps if command == "M" else (x + steps[0], y + steps[1])
    return image


def read(image):
    return [code.text for code in zxingcpp.read_barcodes(image)]


def test_the_svg_is_the_code(ticket):
    assert read(rasterize(qr.render_svg(ticket))) == ["ABCDEFGHJKMNPQRS"]


def test_the_png_is_the_code(ticket):
    assert read(Image.open(BytesIO(qr.render_png(ticket.code)))) == ["ABCDEFGHJKMNPQRS"]


def test_another_code_is_another_picture(ticket):
    first = qr.render_svg(ticket)
    ticket.code = "0000111122223333"
    assert qr.render_svg(ticket) != first
    assert read(rasterize(qr.render_svg(ticket))) == ["0000111122223333"]


def test_the_title_names_the_seat(ticket):
    root = ElementTree.fromstring(qr.render_svg(ticket))
    assert root.attrib["role"] == "img"
    assert root.find(f"{SVG}title").text == "QR code of the ticket for seat B7"


def test_the_svg_has_nothing_that_the_csp_refuses(ticket):
    root = ElementTree.fromstring(qr.render_svg(ticket))
    assert {"script", "style"} & {part.tag.removeprefix(SVG) for part in root.iter()} == set()
    names = {name for part in root.iter() for name in part.attrib}
    assert not {name for name in names if name == "style" or name.startswith("on") or "href" in name}
    assert {"width", "height", "class"} & names == set()


def test_the_border_is_four_modules_wide(ticket):
    image = rasterize(qr.render_svg(ticket))
    left, top, right, bottom = Image.eval(image, lambda value: 255 - value).getbbox()
    assert {left, top, image.width - right, image.height - bottom} == {4 * PIXELS}


def test_the_svg_is_safe_html(ticket):
    assert qr.render_svg(ticket).__html__() == qr.render_svg(ticket)
