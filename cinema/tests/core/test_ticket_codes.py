"""Ticket codes: new ones, formatted ones, and ones typed by people."""

import pytest

from cinema.core import ticket_codes


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
