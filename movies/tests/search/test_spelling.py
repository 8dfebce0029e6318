import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from movies.models import SearchWord
from movies.search.spelling import ALTERNATIVES, MAX_WORDS, Meaning, Spelling

WORDS = st.text(alphabet="abc", max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "errors"),
    [
        ("", "", 0), ("", "ab", 2), ("amelie", "amelie", 0), ("amelei", "amelie", 1), ("maelie", "amelie", 1),
        ("amelia", "amelie", 1), ("amlie", "amelie", 1), ("ammelie", "amelie", 1), ("melie", "amelie", 1),
        ("kitten", "sitting", 3), ("ca", "abc", 3),
    ],
)  # fmt: skip
def test_distance(one, other, errors):
    assert OSA.distance(one, other) == OSA.distance(other, one) == errors


@given(WORDS, WORDS)
def test_a_distance_is_0_only_between_equals_and_at_most_the_longer_word(one, other):
    assert (OSA.distance(one, other) == 0) is (one == other)
    assert abs(len(one) - len(other)) <= OSA.distance(one, other) <= max(len(one), len(other))


@pytest.mark.django_db
@given(st.text(alphabet="abcdef", min_size=3, max_size=9), st.data())
def test_words_within_one_error_share_a_deletion(word, data):
    """Words within one error share a form with one letter deleted."""
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdef"))
    swapped = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    for wrong in {word[:place] + word[place + 1 :], word[:place] + letter + word[place:],
                  word[:place] + letter + word[place + 1 :], swapped}:  # fmt: skip
        assert forms(word) & forms(wrong)


def forms(word):
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


@pytest.fixture
def words(db):
    SearchWord.objects.bulk_create(
        SearchWord(word=word, films=films)
        for word, films in [("star", 9), ("wars", 7), ("stare", 2), ("start", 5), ("stark", 5), ("the", 50),
                            ("interstellar", 1), ("2049", 1), ("gandhi", 1), ("martin", 30)]
    )  # fmt: skip


def meant(word, *others):
    """Return the meanings of the first of several words; only the last could be unfinished."""
    return [" ".join(meaning.words) for meaning in Spelling([word, *others], None).meanings(word)]


def test_columns_of_a_word(words):
    word = SearchWord.objects.get(word="stare")
    assert sorted(word.deletions) == ["sare", "stae", "star", "stare", "stre", "tare"]
    assert word.beginnings == word.deletions
    assert sorted(SearchWord.objects.get(word="interstellar").beginnings) == [
        "iner",
        "inte",
        "inter",
        "intr",
        "iter",
        "nter",
    ]


def test_meanings_are_ordered_by_cost_then_number_of_films(words):
    assert meant("starr", "x") == ["star", "stark", "start", "stare"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("starwars", ["star wars"]),
        ("intersetllar", ["interstellar"]),
        ("interstelar", ["interstellar"]),
        ("intrestelar", ["interstellar"]),
        ("unterstelar", []),  # two errors, and the first letter is one of them
        ("2094", ["2049"]),
        ("2950", []),  # a number is not guessed
        ("ghandi", ["gandhi"]),
        ("matrix", []),  # two letters of a short word are another word
        ("th", []),
        ("xx", []),
        ("", []),
    ],
)
def test_meanings(words, typed, expected):
    assert meant(typed, "x") == expected


def test_only_the_last_word_may_be_unfinished(words):
    assert meant("intres", "x") == []
    assert meant("intres") == ["interstellar"]
    assert Spelling(["inter", "x"], None).is_known("inter") is False
    assert Spelling(["x", "inter"], None).is_known("inter") is True
    assert Spelling(["inter", "stellar"], None).is_known("interstellar") is True


def test_only_the_first_words_of_a_long_query_are_looked_up(words):
    spelling = Spelling(["x"] * MAX_WORDS + ["star"], None)
    assert len(spelling.words) == MAX_WORDS
    assert spelling.is_known("star") is False


def test_the_cost_counts_errors(words):
    assert Spelling(["stra", "x"], None).meanings("stra")[0] == Meaning(1, ("star",))
    assert ALTERNATIVES > 1
