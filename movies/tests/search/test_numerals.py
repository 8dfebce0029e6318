import pytest

from movies.search.numerals import read_numeral


@pytest.mark.parametrize(
    ("text", "roman", "number", "length"),
    [
        ("2", False, 2, 1),
        ("13th", False, 13, 1),
        ("thirteenth", False, 13, 1),
        ("seven samurai", False, 7, 1),
        ("twenty one grams", False, 21, 2),
        ("one hundred and one dalmatians", False, 101, 4),
        ("one hundred one dalmatians", False, 101, 3),
        ("nineteen eighty four", False, 1984, 3),
        ("two thousand and one", False, 2001, 4),
        ("ten thousand bc", False, 10_000, 2),
        ("10-000 bc", False, 10_000, 1),
        ("zwolf", False, 12, 1),
        ("huit femmes", False, 8, 1),
        ("hundred and one dalmatians", False, 101, 3),
        ("twenty ten", False, 2010, 2),
        ("nineteen oh five", False, 1905, 3),
        ("8 1-2 weeks", False, 8, 2),
        ("eight and a half", False, 8, 4),
        ("8 and a half", False, 8, 4),
        ("eight and a quarter", False, 8, 1),
        ("ii", True, 2, 1),
        ("xxxix", True, 39, 1),
    ],
)
def test_numbers_are_read(text, roman, number, length):
    numeral = read_numeral(text.split(), roman=roman)
    assert (numeral.number, len(numeral.words)) == (number, length)


@pytest.mark.parametrize(
    "text",
    ["", "samurai", "mix", "iiii", "xl", "c", "m", "007", "se7en", "once", "elf", "due", "un", "50-50", "1234567"],
)
def test_other_words_are_no_numbers(text):
    assert read_numeral([text], roman=True) is None


@pytest.mark.parametrize("text", ["i", "v", "x", "ii", "vi"])
def test_roman_numerals_are_read_only_where_they_may_be(text):
    assert read_numeral([text], roman=False) is None
    assert read_numeral([text], roman=True) is not None


@pytest.mark.parametrize(
    ("text", "roman", "forms"),
    [
        ("2", True, {"ii", "two", "zwei", "deux", "dos", "dois"}),
        ("2", False, {"two", "zwei", "deux", "dos", "dois"}),
        ("two", True, {"2", "ii"}),
        ("zwei", True, {"2", "ii"}),  # not translated
        ("ii", True, {"2", "two", "zwei", "deux", "dos", "dois"}),
        ("13th", True, {"thirteenth"}),
        ("fifth", True, {"5th"}),
        ("8 1-2", True, {"8 and a half", "eight 1-2", "eight and a half"}),
        ("eight and a half", True, {"8 1-2", "8 and a half", "eight 1-2"}),
        ("40", True, {"forty"}),
        ("101", True, {"one hundred and one", "one hundred one", "hundred and one", "hundred one"}),
        ("1984", True, {"nineteen eighty four"}),
        ("20-000", True, {"twenty thousand"}),
        ("999999", True, set()),
    ],
)
def test_other_forms(text, roman, forms):
    found = read_numeral(text.split(), roman=True).other_forms(roman=roman)
    assert {" ".join(form) for form in found} == forms


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("2nd", {"ii", "2"}),
        ("twenty first", {"xxi", "21"}),
        ("v", {"the 5th", "the fifth"}),
        ("5", set()),
        ("five", set()),
        ("99th", set()),
        ("8 1-2", set()),
    ],
)
def test_forms_of_kings_and_sequels(text, forms):
    found = read_numeral(text.split(), roman=True).counted_forms()
    assert {" ".join(form) for form in found} == forms
