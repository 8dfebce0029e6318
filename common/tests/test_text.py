import pytest

from common.text import strip_invisible

# Written with escapes, because an editor shows none of these signs.
TURNED, MARKS = "\u202e", "\u200e\u200f\u061c"


@pytest.mark.parametrize(
    "sign",
    [*"\u200b\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u00ad\u061c\u3164\U000e0041\u200c\u200d\u180e"],
    ids=ascii,
)
def test_an_invisible_sign_is_dropped_wherever_it_stands(sign):
    assert strip_invisible(f"{sign}The{sign} Lan{sign}tern{sign}") == "The Lantern"


@pytest.mark.parametrize(
    "text",
    [
        "Amélie",
        "Ame\u0301lie",  # an accent of its own
        "七人の侍",
        "葛\U000e0100城",  # a selector of a form of the character
        "기생충",
        "الرسالة",
        "شَمْس",
        "שָׁלוֹם",
        "می\u200cخواهم",  # the joiners of Persian and of Indian scripts
        "क्\u200dष",
        "ක්\u200dරි",
        "ᠰᠠᠶᠢᠨ\u180eᠠ",
        "\U0001f469\u200d\U0001f4bb",  # a woman at a computer
        "\u2764\ufe0f\u200d\U0001f525",  # a burning heart
        "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",  # the flag of Wales
        "WALL·E",
        "Face/Off – 2",
        "",
    ],
    ids=ascii,
)
def test_what_is_read_stays(text):
    assert strip_invisible(text) == text


@pytest.mark.parametrize("text", [TURNED, f" {MARKS} ", "\u200b\u200d\u200b", "\u2066\u200c"], ids=ascii)
def test_a_text_of_invisible_signs_only_is_empty(text):
    assert strip_invisible(text).strip() == ""


def test_joiners_between_other_invisible_signs_go_too():
    assert strip_invisible("The\u200b\u200dLantern") == "TheLantern"
