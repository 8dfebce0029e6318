"""From whatever somebody sends to a poster in our three widths: looked at, turned upright, drawn anew.

Nothing of the file that came survives but its picture: no EXIF, no comment, nothing appended. Pure: no store, no rows.
"""

import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import IO, Any

from PIL import Image, ImageOps, UnidentifiedImageError

from common.bodies import read_up_to
from movies.models import POSTER_WIDTHS

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
LEAST_WIDTH, LEAST_HEIGHT = 100, 150
MOST_OBLONG = 4  # times as wide as high, or the other way round
QUALITY = 85
GROUND = (22, 20, 19)  # behind what is transparent: the site's dark
WANTED = "Send a JPEG, PNG or WebP picture."

# A picture of more pixels is refused before it is decoded; this is the second lock on that door.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# What Pillow's decoders raise at files that are broken, or made to break them.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

# Told apart only to say what came: none of these is ever decoded.
SIGNATURES: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("a GIF", lambda head: head.startswith((b"GIF87a", b"GIF89a"))),
    ("a TIFF", lambda head: head.startswith((b"II*\0", b"MM\0*"))),
    ("a BMP", lambda head: head.startswith(b"BM")),
    ("a HEIC", lambda head: head[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc"}),
    ("an AVIF", lambda head: head[4:12] in {b"ftypavif", b"ftypavis"}),
    ("a PDF", lambda head: head.startswith(b"%PDF")),
)

# One picture is decoded at a time in a process, so that many large ones at once cannot take its memory.
_decoding = threading.Lock()


class PosterRefused(Exception):
    """This file makes no poster; the text says why, for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Poster:
    """A poster ready to be stored: its files by width (a JPEG each), and the key that names them."""

    key: str
    files: dict[int, bytes]


def prepare(file: IO[Any]) -> Poster:
    """Read and redraw what `file` holds, from where it stands; raises PosterRefused.

    The same picture gets the same key, whatever the file was called and whatever else was in it.
    """
    data = read_up_to(file, MAX_BYTES + 1)
    refuse_by_bytes(data)
    with _decoding:
        try:
            files = draw(data)
        except BROKEN as error:
            raise PosterRefused("The picture is damaged or incomplete.") from error
    return Poster(sha256(b"".join(files.values())).hexdigest()[:32], files)


def refuse_by_bytes(data: bytes) -> None:
    """What can be said without decoding anything."""
    if not data:
        raise PosterRefused("The file is empty.")
    if len(data) > MAX_BYTES:
        raise too_large()
    head = data[:2048].lower()
    if b"<svg" in head or b"<!doctype svg" in head:
        raise PosterRefused(f"SVG is not taken, because it can carry scripts. {WANTED}")
    for name, matches in SIGNATURES:
        if matches(data[:16]):
            raise PosterRefused(f"This is {name}. {WANTED}")


def draw(data: bytes) -> dict[int, bytes]:
    try:
        image = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    except UnidentifiedImageError as error:
        raise PosterRefused(f"This is not a picture that can be read. {WANTED}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_many_pixels() from error
    with image:
        refuse_by_header(image)
        upright = turned(flat(shrunk(image)), orientation(image))
    return {width: encoded(upright, width) for width in POSTER_WIDTHS}


def too_large() -> PosterRefused:
    return PosterRefused(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")


def too_many_pixels() -> PosterRefused:
    return PosterRefused(f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels.")


def refuse_by_header(image: Image.Image) -> None:
    """What the file says of itself; nothing of it is decoded yet."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise too_many_pixels()
    # A photograph with a second picture inside (MPO, as many phones write) is a JPEG that stands still.
    if image.format in {"PNG", "WEBP"} and getattr(image, "n_frames", 1) > 1:
        raise PosterRefused("The picture is animated. Send one that stands still.")
    short, long = sorted(image.size)
    if short < LEAST_WIDTH or long < LEAST_HEIGHT:
        raise PosterRefused(f"The picture is smaller than {LEAST_WIDTH} by {LEAST_HEIGHT} pixels.")
    if long > MOST_OBLONG * short:
        raise PosterRefused("The picture is too long and narrow for a poster.")


def shrunk(image: Image.Image) -> Image.Image:
    """Decoded, and at most a few times larger than needed: all later steps work on that."""
    enough = 2 * max(POSTER_WIDTHS)
    image.draft(None, (enough, enough))  # a JPEG is decoded smaller at once
    image.load()
    if image.mode.startswith("I"):  # 16 bits a pixel; Pillow's own conversion would cut the light tones off
        image = image.point(lambda level: level * (1 / 256)).convert("L")
    if image.mode in {"1", "P", "PA"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    factor = min(image.size) // enough
    return image.reduce(factor) if factor > 1 else image


def flat(image: Image.Image) -> Image.Image:
    """In RGB, on our ground where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, (*GROUND, 255))
    ground.alpha_composite(image)
    return ground.convert("RGB")


def orientation(image: Image.Image) -> int:
    """EXIF's word on which way is up, 1 to 8; a broken EXIF block says nothing, and is no reason to refuse."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except BROKEN:
        return 1


def turned(image: Image.Image, orientation: int) -> Image.Image:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.info = {"exif": exif.tobytes()}
    upright = ImageOps.exif_transpose(image)
    upright.info = {}  # so that nothing of it can be written again
    return upright


def encoded(image: Image.Image, width: int) -> bytes:
    """A JPEG of that width, or of the picture's own when it is narrower."""
    if image.width > width:
        size = (width, max(1, round(image.height * width / image.width)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    return out.getvalue()
