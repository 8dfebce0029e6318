"""What is drawn is read back by a decoder that knows nothing of how it was drawn."""

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


def rasterised(drawing):
    """The picture that the SVG's strokes make: its path is moves (M, m) and lines to the right (h), one module high."""
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
    return [found.text for found in zxingcpp.read_barcodes(image)]


def test_the_picture_is_the_code(ticket):
    assert read(rasterised(qr.svg(ticket))) == ["ABCDEFGHJKMNPQRS"]


def test_so_is_the_one_for_paper(ticket):
    assert read(Image.open(BytesIO(qr.png(ticket)))) == ["ABCDEFGHJKMNPQRS"]


def test_another_ticket_is_another_picture(ticket):
    first = qr.svg(ticket)
    ticket.code = "0000111122223333"
    assert qr.svg(ticket) != first
    assert read(rasterised(qr.svg(ticket))) == ["0000111122223333"]


def test_a_screen_reader_hears_whose_seat_it_is(ticket):
    root = ElementTree.fromstring(qr.svg(ticket))
    assert root.attrib["role"] == "img"
    assert root.find(f"{SVG}title").text == "QR code of the ticket for seat B7"


def test_the_pages_policy_has_nothing_to_refuse(ticket):
    root = ElementTree.fromstring(qr.svg(ticket))
    assert {"script", "style"} & {part.tag.removeprefix(SVG) for part in root.iter()} == set()
    names = {name for part in root.iter() for name in part.attrib}
    assert not {name for name in names if name == "style" or name.startswith("on") or "href" in name}
    assert {"width", "height", "class"} & names == set()


def test_around_it_is_the_quiet_that_scanners_need(ticket):
    image = rasterised(qr.svg(ticket))
    left, top, right, bottom = Image.eval(image, lambda value: 255 - value).getbbox()
    assert {left, top, image.width - right, image.height - bottom} == {4 * PIXELS}


def test_it_stands_in_a_page_as_it_is(ticket):
    assert qr.svg(ticket).__html__() == qr.svg(ticket)
