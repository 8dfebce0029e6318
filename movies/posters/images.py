"""Making a poster in our three widths from an uploaded file: checked, turned upright and encoded again.

Only the picture itself is kept: no EXIF, no comments, no appended data. Pure functions: no store, no database.
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
# Of formats whose decoder cannot shrink: each pixel costs its time and memory, however small the poster is.
MAX_WHOLE_PIXELS = 16_000_000
MIN_WIDTH, MIN_HEIGHT = 100, 150
MAX_ASPECT_RATIO = 4  # the longer side by the shorter one
QUALITY = 85
BACKGROUND = (22, 20, 19)  # behind transparent parts: the site's dark background
FORMATS = "Please use a JPEG, PNG or WebP picture."
TOO_LARGE = f"The file is larger than {MAX_BYTES // 1024 // 1024} MB."
TOO_MANY_PIXELS = f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels."
TOO_MANY_WHOLE_PIXELS = (
    f"The picture has more than {MAX_WHOLE_PIXELS // 1_000_000} megapixels. Make it smaller, or save it as a JPEG."
)
# The pixels that a poster is made from: with more it looks no better.
ENOUGH = max(POSTER_WIDTHS) * 3 // 2

# Pictures with more pixels are refused before they are decoded; this limit of Pillow is a second safeguard.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# What Pillow's decoders raise for damaged or malicious files.
DECODING_ERRORS = (
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

# Recognized only for the error message; none of these formats is ever decoded.
SIGNATURES: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("a GIF", lambda head: head.startswith((b"GIF87a", b"GIF89a"))),
    ("a TIFF", lambda head: head.startswith((b"II*\0", b"MM\0*"))),
    ("a BMP", lambda head: head.startswith(b"BM")),
    ("a HEIC", lambda head: head[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc"}),
    ("an AVIF", lambda head: head[4:12] in {b"ftypavif", b"ftypavis"}),
    ("a PDF", lambda head: head.startswith(b"%PDF")),
)

# A process decodes one picture at a time, so that several large ones cannot exhaust its memory.
_decoding = threading.Lock()


class PosterRefused(Exception):
    """The file cannot be used as a poster. The message says why, for the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class Poster:
    """A poster ready to be stored: a JPEG file for each width, and the key that identifies them."""

    key: str
    files: dict[int, bytes]


def prepare(file: IO[Any]) -> Poster:
    """Make a poster of a binary file, read from its current position. Raises PosterRefused.

    The key depends on the picture only: not on the file's name, metadata or appended data.
    """
    data = read_up_to(file, MAX_BYTES + 1)
    _check_bytes(data)
    with _decoding:
        try:
            files = _encode_widths(data)
        except DECODING_ERRORS as error:
            raise PosterRefused("The picture is damaged or incomplete.") from error
    return Poster(sha256(b"".join(files.values())).hexdigest()[:32], files)


def _check_bytes(data: bytes) -> None:
    """Refuse by size and signature, before anything is decoded."""
    if not data:
        raise PosterRefused("The file is empty.")
    if len(data) > MAX_BYTES:
        raise PosterRefused(TOO_LARGE)
    head = data[:2048].lower()
    if b"<svg" in head or b"<!doctype svg" in head:
        raise PosterRefused(f"SVG files are not accepted, because they can contain scripts. {FORMATS}")
    for name, matches in SIGNATURES:
        if matches(data[:16]):
            raise PosterRefused(f"This is {name}. {FORMATS}")


def _encode_widths(data: bytes) -> dict[int, bytes]:
    try:
        image = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    except UnidentifiedImageError as error:
        raise PosterRefused(f"This file is not a picture, or cannot be read. {FORMATS}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PosterRefused(TOO_MANY_PIXELS) from error
    with image:
        _check_header(image)
        upright = _turn_upright(_flatten(_decode(image)), _read_orientation(image))
    return {width: _encode(upright, width) for width in POSTER_WIDTHS}


def _check_header(image: Image.Image) -> None:
    """Refuse by the values of the file's header, before its pixels are decoded."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PosterRefused(TOO_MANY_PIXELS)
    if width * height > MAX_WHOLE_PIXELS and image.format != "JPEG":
        raise PosterRefused(TOO_MANY_WHOLE_PIXELS)
    # A JPEG with a second picture inside (MPO, written by many phones) is not animated.
    if image.format in {"PNG", "WEBP"} and getattr(image, "n_frames", 1) > 1:
        raise PosterRefused("The picture is animated. Please use a still picture.")
    short, long = sorted(image.size)
    if short < MIN_WIDTH or long < MIN_HEIGHT:
        raise PosterRefused(f"The picture is smaller than {MIN_WIDTH} by {MIN_HEIGHT} pixels.")
    if long > MAX_ASPECT_RATIO * short:
        raise PosterRefused("The picture is too long and narrow for a poster.")


def _decode(image: Image.Image) -> Image.Image:
    """Decode the picture, and shrink it to what is enough, so that the later steps are fast."""
    image.draft(None, (ENOUGH, ENOUGH))  # lets the JPEG decoder shrink while decoding
    image.load()
    if image.mode.startswith("I"):  # 16 bits per pixel; Pillow's own conversion would clip the light tones
        image = image.point(lambda level: level * (1 / 256)).convert("L")
    if image.mode in {"1", "P", "PA"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    factor = min(image.size) // ENOUGH
    return image.reduce(factor) if factor > 1 else image


def _flatten(image: Image.Image) -> Image.Image:
    """Convert to RGB, on BACKGROUND where the picture is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    background = Image.new("RGBA", image.size, (*BACKGROUND, 255))
    background.alpha_composite(image)
    return background.convert("RGB")


def _read_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8. A broken EXIF block is ignored."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except DECODING_ERRORS:
        return 1


def _turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.info = {"exif": exif.tobytes()}
    upright = ImageOps.exif_transpose(image)
    upright.info = {}  # so that no metadata is written again
    return upright


def _encode(image: Image.Image, width: int) -> bytes:
    """Return a JPEG of that width, or of the picture's own width when it is narrower."""
    if image.width > width:
        size = (width, max(1, round(image.height * width / image.width)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    return out.getvalue()
