"""Drawn posters are the same for the same film, legible and never cut."""

import dataclasses
import xml.etree.ElementTree as ET

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from movies.posters import drawing
from movies.posters.drawn import Shown, render_svg

NASTY_TITLES = [
    "M",
    "Jaws",
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenfabrik",
    "W" * 60,
    "A title that goes on and on, as if its author had never learned to stop " * 3,
    "千と千尋の神隠し",
    "الرسالة",
    "אבא גנוב",
    "ฉลาดเกมส์โกง",
    "დედაენა",
    "ﷺ" * 30,
    "The Assassination of Jesse James by the Coward Robert Ford",
    "9½ — W",
    "   spaced\tout\n",
]


def draw(title="Heat", directors=("Michael Mann",), year=1995, genres=("Crime",), seed="Heat 1995"):
    return drawing.draw_poster(title, directors, year, genres, seed)


def luminance(tone):
    channels = [value / 255 for value in bytes.fromhex(tone[1:])]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("palette", drawing.PALETTES)
def test_text_contrasts_with_its_background(palette):
    dark, light = sorted([luminance(palette.near), luminance(palette.ink)])
    assert (light + 0.05) / (dark + 0.05) >= 4.5
    assert {palette.dark, palette.light} == {palette.near, palette.ink}
    assert luminance(palette.dark) < luminance(palette.light)


def test_a_drawing_never_changes():
    # A fixed expectation, so that a change that would redraw every poster of every site is noticed.
    assert draw() == drawing.Drawing(
        palette=drawing.PALETTES[0],
        shape="city",
        flipped=True,
        shift=24,
        right_to_left=False,
        title=(drawing.Line("HEAT", 24, 398.0, 76),),
        footer=drawing.Line("MICHAEL MANN · 1995", 24, 427, 11),
        foot=312,
    )


def test_the_most_distinctive_genre_determines_the_shape():
    assert draw(genres=("Drama", "Western")).shape in drawing.SHAPES["Western"]
    assert draw(genres=("Drama", "Thriller")).shape in drawing.SHAPES["Thriller"]
    assert draw(genres=("Never heard of",)).shape == draw(genres=()).shape
    assert {draw(genres=(), seed=str(seed)).shape for seed in range(400)} == set(drawing.ALL_SHAPES)


def assert_fits(poster, title):
    assert "".join(line.text for line in poster.title).replace(" ", "") == _letters(title)
    for line in poster.title:
        assert drawing.estimate_width(line.text) * line.size <= drawing.TEXT_WIDTH + 1e-6
        assert line.y - line.size * 0.75 > drawing.HEIGHT / 2
        assert poster.foot < line.y <= drawing.TITLE_BASELINE
    if poster.footer:
        footer = poster.footer
        spaced = drawing.estimate_width(footer.text) + len(footer.text) * drawing.FOOTER_SPACING
        assert spaced * footer.size <= drawing.TEXT_WIDTH + 1e-6


def _letters(title):
    return drawing._capitalize(title).replace(" ", "")


@pytest.mark.parametrize("title", NASTY_TITLES)
def test_no_title_is_cut(title):
    assert_fits(draw(title=title), title)


@given(st.text(max_size=500), st.lists(st.text(max_size=200), max_size=4), st.none() | st.integers(1870, 2200))
def test_any_text_fits(title, directors, year):
    assert_fits(draw(title=title, directors=directors, year=year), title)


def test_ordinary_titles_are_legible_on_a_small_card():
    for title in ["The Dark Knight", "Stand by Me", "A Clockwork Orange", "Jurassic World", "Good Will Hunting"]:
        assert draw(title=title).title[0].size >= 33  # 11 px when the poster is 100 px wide


def test_lines_are_balanced_and_break_after_a_hyphen():
    assert [line.text for line in draw(title="Beverly Hills Cop II").title] == ["BEVERLY", "HILLS", "COP II"]
    assert [line.text for line in draw(title="Semi-Tough").title] == ["SEMI-", "TOUGH"]


def test_a_right_to_left_title_is_aligned_right():
    poster = draw(title="الرسالة")
    assert poster.right_to_left
    assert {line.x for line in poster.title} == {276}


def test_combining_marks_stay_with_their_letter():
    marked = "é" * 90  # decomposed: a letter and its accent
    assert all(not line.text.startswith("\u0301") for line in draw(title=marked).title)


@pytest.mark.parametrize(
    ("directors", "year", "text"),
    [
        (["Joel Coen", "Ethan Coen"], 1998, "JOEL COEN, ETHAN COEN · 1998"),
        (["A", "B", "C"], 1998, "A AND OTHERS · 1998"),
        (["A"], None, "A"),
        ([], 1998, "1998"),
    ],
)
def test_the_footer_shows_directors_and_year(directors, year, text):
    assert draw(directors=directors, year=year).footer.text == text


def test_without_director_and_year_there_is_no_footer():
    assert draw(directors=[], year=None).footer is None


@pytest.mark.parametrize("shape", drawing.ALL_SHAPES)
def test_every_shape_is_small_and_uses_presentation_attributes_only(shape):
    poster = dataclasses.replace(draw(title="The Man Who Would Be King"), shape=shape)
    markup = render_to_string("movies/posters/drawn_poster.html", {"drawing": poster})
    attributes = {name for element in ET.fromstring(markup).iter() for name in element.attrib}
    # Our CSP forbids style attributes.
    assert not attributes & {"style", "id", "onload"}
    assert '=""' not in markup
    assert len(render_svg(Shown("The Man Who Would Be King", ("John Huston",), 1975, ()))) < 1500


def test_markup_in_a_title_is_escaped():
    markup = render_svg(Shown("<b>&", ("<i>",), None, ()))
    assert "&lt;B&gt;&amp;" in markup
    assert "&lt;I&gt;" in markup
    assert "<b>" not in markup.lower()
