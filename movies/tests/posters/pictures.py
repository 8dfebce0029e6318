"""Pictures for tests, valid and invalid, made in memory."""

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(size=(400, 600), mode="RGB", color=RED):
    """Make a picture of one colour whose lower half is blue, so that its orientation can be checked."""
    image = Image.new("RGB", size, color)
    ImageDraw.Draw(image).rectangle((0, size[1] // 2, *size), fill=BLUE)
    return image.quantize(8) if mode == "P" else image.convert(mode)


def saved(image, kind="JPEG", **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(size=(400, 600), **options):
    return saved(picture(size, color=options.pop("color", RED)), "JPEG", **options)


def photograph(orientation=1, comment=b"taken at home"):
    """Make a JPEG with GPS, maker, orientation, XMP, a profile and a comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker of cameras"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 12.0)})
    return saved(
        picture(),
        exif=exif.tobytes(),
        comment=comment,
        icc_profile=b"profile of a screen" * 20,
        xmp=b"<x:xmpmeta>home address</x:xmpmeta>",
    )


def animated(kind):
    frames = [picture(color=color) for color in (RED, (0, 200, 0), (200, 200, 0))]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claiming(width, height):
    """Make a PNG of a few bytes whose header claims that size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
