from io import BytesIO

import pytest
from PIL import Image

from movies.posters import images
from movies.posters.images import PosterRefused, prepare
from movies.tests.posters.pictures import BLUE, RED, SVG, animated, claiming, jpeg, photograph, picture, saved

DAMAGED = "The picture is damaged or incomplete."
UNREADABLE = "This file is not a picture, or cannot be read. Please use a JPEG, PNG or WebP picture."
ANIMATED = "The picture is animated. Please use a still picture."
SMALL = "The picture is smaller than 100 by 150 pixels."
NARROW = "The picture is too long and narrow for a poster."
MANY_PIXELS = "The picture has more than 40 megapixels."
MANY_WHOLE_PIXELS = "The picture has more than 16 megapixels. Make it smaller, or save it as a JPEG."
NO_SVG = "SVG files are not accepted, because they can contain scripts. Please use a JPEG, PNG or WebP picture."


def make_poster(data):
    return prepare(BytesIO(data))


def open_picture(poster, width=780):
    return Image.open(BytesIO(poster.files[width]))


def near(color, other):
    return all(abs(a - b) < 12 for a, b in zip(color, other, strict=True))


def top_and_bottom(image):
    return image.getpixel((image.width // 2, image.height // 8)), image.getpixel((image.width // 2, image.height - 9))


def looks_right(image):
    top, bottom = top_and_bottom(image)
    return near(top, RED) and near(bottom, BLUE)


def test_three_widths_as_progressive_jpeg():
    poster = make_poster(jpeg((1000, 1500)))
    opened = {width: open_picture(poster, width) for width in poster.files}
    assert {width: image.size for width, image in opened.items()} == {
        185: (185, 278),
        342: (342, 513),
        780: (780, 1170),
    }
    assert all(
        image.format == "JPEG" and image.mode == "RGB" and image.info["progressive"] for image in opened.values()
    )
    assert all(looks_right(image) for image in opened.values())


def test_a_small_picture_is_not_enlarged():
    poster = make_poster(jpeg((200, 300)))
    assert [open_picture(poster, width).size for width in (185, 342, 780)] == [(185, 278), (200, 300), (200, 300)]


@pytest.mark.parametrize(
    "data",
    [
        lambda: saved(picture(), "PNG"),
        lambda: saved(picture(), "WEBP", lossless=True),
        lambda: saved(picture(mode="P"), "PNG"),
        lambda: saved(picture(mode="RGBA"), "PNG"),
        lambda: saved(picture(mode="CMYK")),
        lambda: saved(picture((3200, 4800))),
        lambda: saved(picture((3200, 4800)), "PNG"),
        lambda: saved(picture((3200, 4800), "P"), "PNG"),
    ],
    ids=["png", "webp", "palette", "alpha", "cmyk", "large-jpeg", "large-png", "large-palette"],
)
def test_every_format_and_mode_keeps_its_colours(data):
    assert looks_right(open_picture(make_poster(data())))


def test_16_bit_grey_keeps_its_tones():
    image = Image.new("I;16", (200, 300), 40_000)
    assert near(open_picture(make_poster(saved(image, "PNG"))).getpixel((50, 50)), (156, 156, 156))


def test_a_black_and_white_picture():
    assert near(
        open_picture(make_poster(saved(Image.new("1", (200, 300), 1), "PNG"))).getpixel((50, 50)), (255, 255, 255)
    )


@pytest.mark.parametrize("kind", ["RGBA", "P", "LA"])
def test_transparent_parts_get_the_dark_background(kind):
    image = Image.new("RGBA", (200, 300), (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (0, 0, 200, 150))
    data = saved(image if kind == "RGBA" else image.convert(kind), "PNG")
    top, bottom = top_and_bottom(open_picture(make_poster(data)))
    assert near(top, (255, 255, 255))
    assert near(bottom, images.BACKGROUND)


def test_nothing_but_the_picture_is_kept():
    source = photograph(comment=b"taken at home")
    for secret in (b"Maker of cameras", b"taken at home", b"home address", b"profile of a screen"):
        assert secret in source
    assert Image.open(BytesIO(source)).getexif().get_ifd(0x8825)
    poster = make_poster(source)
    for data in poster.files.values():
        image = Image.open(BytesIO(data))
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert not any(
            secret in data for secret in (b"Maker", b"taken", b"home address", b"profile of", b"Exif", b"http")
        )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_turned_upright(orientation):
    """A camera stores the picture turned and records how; the poster has red at the top again."""
    upright = picture((400, 600))
    transposed = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if transposed is None else upright.transpose(transposed)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = open_picture(make_poster(saved(stored, exif=exif.tobytes())))
    assert image.size == (400, 600)
    assert looks_right(image)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 40, b"Exif\0\0"], ids=range(3)
)
def test_a_broken_exif_block_is_ignored(exif):
    assert looks_right(open_picture(make_poster(saved(picture(), exif=exif))))


def test_a_photograph_with_a_second_one_inside_is_not_animated():
    image = picture()
    out = BytesIO()
    image.save(out, "MPO", save_all=True, append_images=[picture(color=(0, 200, 0))])
    assert looks_right(open_picture(make_poster(out.getvalue())))


def test_the_key_depends_on_the_picture_only():
    plain = saved(picture(), "PNG")
    other = saved(picture(), "WEBP", lossless=True)
    assert make_poster(plain).key == make_poster(other).key == make_poster(plain + b"<html>").key
    assert make_poster(plain).key != make_poster(saved(picture(color=(0, 200, 0)), "PNG")).key
    assert len(make_poster(plain).key) == 32


def test_appended_data_is_dropped():
    html = b"<html><script>alert(1)</script></html>"
    poster = make_poster(jpeg() + html)
    assert not any(b"script" in data or b"<html" in data for data in poster.files.values())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: b"", "The file is empty."),
        (lambda: b"\xff\xd8" + b"\0" * 10 * 1024 * 1024, "The file is larger than 10 MB."),
        (lambda: SVG, NO_SVG),
        (lambda: b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- hello -->\n<SVG></SVG>", NO_SVG),
        (lambda: b"just words", UNREADABLE),
        (lambda: b"<html></html>", UNREADABLE),
        (lambda: b"\0" * 5000, UNREADABLE),
        (lambda: b"%PDF-1.7 ...", "This is a PDF. Please use a JPEG, PNG or WebP picture."),
        (lambda: saved(picture(), "GIF"), "This is a GIF. Please use a JPEG, PNG or WebP picture."),
        (lambda: animated("GIF"), "This is a GIF. Please use a JPEG, PNG or WebP picture."),
        (lambda: saved(picture(), "TIFF"), "This is a TIFF. Please use a JPEG, PNG or WebP picture."),
        (lambda: saved(picture(), "BMP"), "This is a BMP. Please use a JPEG, PNG or WebP picture."),
        (lambda: saved(picture(), "AVIF"), "This is an AVIF. Please use a JPEG, PNG or WebP picture."),
        (lambda: b"\0\0\0\x18ftypheic" + b"\0" * 100, "This is a HEIC. Please use a JPEG, PNG or WebP picture."),
        (lambda: saved(picture(), "ICO"), UNREADABLE),
        (lambda: saved(picture(), "PPM"), UNREADABLE),
        (lambda: animated("PNG"), ANIMATED),
        (lambda: animated("WEBP"), ANIMATED),
        (lambda: claiming(10_000, 10_000), MANY_PIXELS),
        (lambda: claiming(20_000, 20_000), MANY_PIXELS),
        (lambda: claiming(8_001, 5_000), MANY_PIXELS),
        (lambda: claiming(4_001, 4_000), MANY_WHOLE_PIXELS),
        (lambda: claiming(1000, 1500), DAMAGED),
        (lambda: jpeg()[:-200], DAMAGED),
        (lambda: jpeg((2000, 3000))[:9000], DAMAGED),
        (lambda: saved(picture(), "PNG")[:-300], DAMAGED),
        (lambda: jpeg()[:20], UNREADABLE),
        (lambda: jpeg((1, 1)), SMALL),
        (lambda: jpeg((99, 400)), SMALL),
        (lambda: jpeg((120, 140)), SMALL),
        (lambda: jpeg((100, 401)), NARROW),
        (lambda: jpeg((900, 200)), NARROW),
    ],
    ids=lambda value: "" if callable(value) else value[:40],
)
def test_refused_files_and_the_reason(data, reason):
    with pytest.raises(PosterRefused) as refused:
        make_poster(data())
    assert str(refused.value) == reason


def test_pictures_of_the_smallest_and_narrowest_size_are_accepted():
    assert make_poster(jpeg((100, 400))).files
    assert make_poster(jpeg((150, 100))).files


def test_a_large_size_in_the_header_is_refused_before_decoding(monkeypatch):
    decoded = []
    monkeypatch.setattr(Image.Image, "load", lambda self: decoded.append(self.size))
    with pytest.raises(PosterRefused):
        make_poster(claiming(10_000, 10_000))
    assert decoded == []


@pytest.mark.parametrize(
    ("data", "decoded"),
    [(lambda: jpeg((5160, 7740)), (1290, 1935)), (lambda: saved(picture((3200, 4800)), "PNG"), (1600, 2400))],
    ids=["jpeg", "png"],
)
def test_a_large_picture_is_shrunk_while_it_is_decoded(data, decoded):
    """What follows costs little, however many pixels the file has."""
    with Image.open(BytesIO(data())) as image:
        assert images._decode(image).size == decoded


def test_a_truncated_webp():
    data = saved(picture(), "WEBP", quality=95)
    with pytest.raises(PosterRefused):
        make_poster(data[: len(data) // 2])


def test_one_picture_is_decoded_at_a_time(monkeypatch):
    locked = []
    encode_widths = images._encode_widths

    def record(data):
        locked.append(images._decoding.locked())
        return encode_widths(data)

    monkeypatch.setattr(images, "_encode_widths", record)
    make_poster(jpeg())
    assert locked == [True]
    assert not images._decoding.locked()
