"""Ticket codes: new ones, formatted ones, and ones typed by people."""

import unicodedata

import pytest

from cinema.core import keyboard_layouts, ticket_codes


def test_a_code_has_80_bits_in_characters_that_are_not_confused():
    codes = {ticket_codes.new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {16}
    characters = set("".join(codes))
    assert characters == set(ticket_codes.ALPHABET)
    assert not characters & set("OILU")
    assert len(ticket_codes.ALPHABET) ** ticket_codes.LENGTH == 2**80


def test_a_code_is_formatted_in_groups():
    assert ticket_codes.format_code("0123456789ABCDEF") == "0123-4567-89AB-CDEF"
    assert ticket_codes.format_code("") == ""


@pytest.mark.parametrize(
    "typed",
    [
        "0123-456J-89AB-CDEF",
        "0123456j89abcdef",
        " 0123 456J 89AB\tCDEF\n",
        "O1Z3-456j-89AB-CDEF".replace("Z", "2"),
        "o12\u20133\u2014456J\u201189AB\u00a0CDEF",
        "0I23.456J/89AB_CDEF",
        "0l23456J89AB\u200bCDEF",
        "\uff10\uff11\uff12\uff13456J89ABCDEF",
    ],
)
def test_typed_variants_are_read_as_the_same_code(typed):
    assert ticket_codes.parse_code(typed) == "0123456J89ABCDEF"


@pytest.mark.parametrize("typed", ["", "-", "\0", "席", "U" * 99])
def test_any_text_can_be_parsed(typed):
    assert ticket_codes.parse_code(typed) in ("", "席", "U" * 99)


def test_every_formatted_code_is_read_back():
    for _ in range(200):
        code = ticket_codes.new_code()
        assert ticket_codes.parse_code(ticket_codes.format_code(code)) == code
        assert ticket_codes.parse_code(ticket_codes.format_code(code).lower()) == code


# A code on a US keyboard, as it arrives on other layouts: with Shift for letters, as scanners do, or with Caps Lock.
CODE = "0Y7ZAM3QW2BE5S9D"
TYPED = {
    "German": "0Z7YAM3QW2BE5S9D",
    "Swiss, small": "0z7yam3qw2be5s9d",
    "French": 'àYèWQ?"AZéBE(SçD',
    "French, small": 'àyèwq,"azébe(sçd',
    "French, Caps Lock": "0Y7WQ?3AZ2BE5S9D",
    "Belgian": 'àYèWQ?"AZéBE(SçD',
    "Czech": "éZýYAMšQWěBEřSíD",
    "Slovak": "éZýYAMšQWľBEťSíD",
    "Hungarian": "öZ7YAM3QW2BE5S9D",
    "Russian": "0Н7ЯФЬ3ЙЦ2ИУ5Ы9В",
    "Russian, small": "0н7яфь3йц2иу5ы9в",
    "Ukrainian": "0Н7ЯФЬ3ЙЦ2ИУ5І9В",
    "Bulgarian": "0Щ7ЮЬП3ыУ2ФЕ5Я9А",
    "Serbian": "0З7ЅАМ3ЉЊ2БЕ5С9Д",
    "French scanner, US": ")Y&WQ:#AZ@BE%S(D",
    "German scanner, US": "0Z7YAM3QW2BE5S9D",
    "French scanner, German": '=Z/WQÖ§AY"BE%S)D',
    "French scanner, Russian": ')Н?ЦЙЖ№ФЯ"ИУ%Ы(В',
    "with dashes, German": "0Z7YßAM3QßW2BEß5S9D",
    "with dashes, French": 'àYèW)Q?"A)ZéBE)(SçD',
    "decomposed": unicodedata.normalize("NFD", "éZýYAMšQWěBEřSíD"),
    "with spaces": " 0Н7Я ФЬ3Й Ц2ИУ 5Ы9В\n",
}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_a_scanner_with_another_layout_is_understood(typed):
    first, *others = ticket_codes.read_code(typed)
    assert first == ticket_codes.parse_code(typed)
    assert CODE in others
    assert len(others) <= 8  # few guesses, so that a guessed code stays as good as impossible


def test_each_layout_has_the_same_keys():
    for name, (keys, shifted) in keyboard_layouts.LAYOUTS.items():
        assert len(keys) == len(shifted) == len(set(keys)) == len(set(shifted)) == 39, name
        assert keys == unicodedata.normalize("NFC", keys.lower())
        assert shifted == unicodedata.normalize("NFC", shifted.lower())
        for key, sign in enumerate(shifted):
            assert keys.find(sign) in (-1, key), f"{name}: {sign} is on two keys"


@pytest.mark.parametrize("code", [CODE, CODE.lower(), "0123-4567-89AB-CDEF"])
def test_a_code_is_read_first_as_it_is(code):
    first, *others = ticket_codes.read_code(code)
    assert (first, ticket_codes.is_from_other_layout(code)) == (ticket_codes.parse_code(code), False)
    assert first not in others


@pytest.mark.parametrize("text", ["", "電影票", "NEW", "-", "U" * 99, "0Н7Я", "İ" * 16])
def test_other_text_is_read_as_no_other_code(text):
    assert ticket_codes.read_code(text) == [ticket_codes.parse_code(text)]


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("0Н7ЯФЬ3ЙЦ2ИУ5Ы9В", True),
        ("αβγδεζηθικλμνξοπ", True),
        ("0U7ZAM3QW2BE5S9D", True),  # no code has a U
        ('àYèW-Q?"A-ZéBE-(SçD', True),
        ("NOBODYS", False),
        ("電影票", False),
        ("' OR 1=1 --", False),
        ("https://example.org/a-ticket-of-elsewhere", False),
    ],
)
def test_text_that_looks_like_another_layout(text, is_told):
    assert ticket_codes.is_from_other_layout(text) is is_told
