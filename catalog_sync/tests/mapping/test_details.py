from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_sync.mapping import BadRecord, map_details, map_movie
from catalog_sync.tests.fakes.tmdb import details_json, movie_json, release, video
from movies.models import Movie
from movies.providers.details import DetailsRow


def mapped(region="US", **changes: Any) -> DetailsRow:
    return map_details(details_json(7, **changes), region)


def countries(*releases: dict[str, Any], code="US") -> dict[str, Any]:
    return {"release_dates": {"results": [{"iso_3166_1": code, "release_dates": list(releases)}]}}


def test_common_fields_are_the_same_as_of_lists():
    listed, full = map_movie(movie_json(7)), mapped()
    common = set(listed.__slots__) - {"region", "region_date"}
    assert {name: getattr(full, name) for name in common} == {name: getattr(listed, name) for name in common}


@pytest.mark.parametrize(
    ("sent", "runtime"), [(101, 101), (0, None), (None, None), (-1, None), ("90", None), (True, None), (99_999, None)]
)
def test_runtime(sent, runtime):
    assert mapped(runtime=sent).runtime == runtime


@pytest.mark.parametrize(
    ("sent", "imdb_id"),
    [
        ({"external_ids": {"imdb_id": "tt0137523"}}, "tt0137523"),
        ({"external_ids": {"imdb_id": " tt0137523 "}}, "tt0137523"),
        ({"external_ids": {"imdb_id": None}, "imdb_id": "tt0137523"}, "tt0137523"),
        ({"external_ids": {"imdb_id": ""}, "imdb_id": None}, None),
        ({"external_ids": None, "imdb_id": "nm0000001"}, None),
        ({"external_ids": {"imdb_id": "tt12345678901"}, "imdb_id": 7}, None),
    ],
)
def test_imdb_id(sent, imdb_id):
    assert mapped(**sent).imdb_id == imdb_id


@pytest.mark.parametrize(
    ("releases", "certification"),
    [
        pytest.param([release("R")], "R", id="one"),
        pytest.param([release("PG-13 ")], "PG-13", id="trailing space"),
        pytest.param([release("", 1), release("", 3), release("R", 4)], "R", id="several, some empty"),
        pytest.param([release("NC-17", 5), release("R", 3), release("PG", 1)], "R", id="theatrical preferred"),
        pytest.param([release("PG", 1), release("R", 2)], "R", id="limited before premiere"),
        pytest.param([release("R", 3, "1999-01-01"), release("PG-13", 3, "2024-01-01")], "PG-13", id="certified anew"),
        pytest.param([release("NR", 3), release("R", 4)], "R", id="not rated is none"),
        pytest.param([release("NR")], "", id="only not rated"),
        pytest.param([release("   ")], "", id="spaces"),
        pytest.param([release("R", 99)], "R", id="unknown type"),
        pytest.param([{"certification": None, "type": 3}, {}, {"certification": 7}], "", id="nonsense"),
        pytest.param([release("x" * 33)], "", id="too long"),
        pytest.param([release("Foo", 3, "2024-01-01"), release("R", 3, "1999-01-01")], "R", id="known before unknown"),
        pytest.param([release("Foo"), release("R", 4)], "Foo", id="unknown, but theatrical"),
    ],
)
def test_certification(releases, certification):
    assert mapped(**countries(*releases)).certification == certification


@pytest.mark.parametrize("part", [None, [], "x", {"results": None}, {"results": [None, 7, {"iso_3166_1": "US"}]}])
def test_no_release_dates(part):
    film = mapped(release_dates=part)
    assert (film.certification, film.age_restriction, film.region_date) == ("", None, None)
    assert film.region == ("US" if isinstance(part, dict) and part["results"] else "")  # else they are not known


def test_only_our_region_counts():
    assert mapped(region="DE", **countries(release("R"))).certification == ""
    assert mapped(region="DE", **countries(release("16"), code="DE")).age_restriction == 16


def test_parts_of_a_country_are_filed_under_it():
    both = countries(release("14A", 3, "2020-01-01"), release("13+", 3, "2021-01-01"), code="CA")
    canada, quebec = mapped(region="CA", **both), mapped(region="CA-QC", **both)
    assert (canada.certification, canada.age_restriction) == ("14A", 14)
    assert (quebec.certification, quebec.age_restriction) == ("13+", 13)
    only_quebec = mapped(region="CA", **countries(release("16+"), code="CA"))
    assert (only_quebec.certification, only_quebec.age_restriction) == ("16+", 16)


@pytest.mark.parametrize(
    ("releases", "day"),
    [
        ([release("", 3, "1967-06-14"), release("", 3, "2026-12-11")], date(2026, 12, 11)),
        (
            [release("", 2, "2026-12-20"), release("", 3, "2026-12-11"), release("", 1, "2026-12-30")],
            date(2026, 12, 11),
        ),
        ([release("", 1, "2026-09-02"), release("", 4, "2027-01-01")], date(2026, 9, 2)),
        ([release("", 4), release("", 5), release("", 3, "soon"), {"type": 3}, {"type": 3, "release_date": 7}], None),
        ([], None),
    ],
)
def test_the_date_of_the_region_is_the_latest_release_in_its_cinemas(releases, day):
    film = mapped(region="US", **countries(*releases))
    assert (film.region, film.region_date) == ("US", day)
    assert film.release_date == date(2019, 5, 17)  # the film's own
    assert mapped(region="DE", **countries(*releases)).region_date is None


def test_an_unknown_certification_is_kept_without_an_age():
    film = mapped(**countries(release("Restricted Screening")))
    assert (film.certification, film.age_restriction) == ("Restricted Screening", None)


def test_people_are_distinct_and_in_order():
    cast = [{"name": "C"}, {"name": "B", "order": 1}, {"name": " A  a ", "order": 0}, {"name": "B", "order": 2}, None]
    crew = [{"name": "D", "job": "Director"}, {"name": "D", "job": "Director"}, {"name": None, "job": "Director"}, 7]
    film = mapped(credits={"cast": cast, "crew": crew})
    assert (film.cast, film.directors) == (("A a", "B", "C"), ("D",))
    many = [{"name": f"Player {number}", "order": number} for number in range(40)]
    assert mapped(credits={"cast": many}).cast == tuple(f"Player {number}" for number in range(15))


@pytest.mark.parametrize(
    ("videos", "key"),
    [
        ([video("teaserkey", type="Teaser")], None),
        ([video("elsewhere1", site="Vimeo")], None),
        ([video("unofficial", official=False)], "unofficial"),
        ([video("unofficial", official=False, published_at="2024"), video("theofficial")], "theofficial"),
        ([video("olderkey11"), video("newerkey11", published_at="2020-01-01")], "newerkey11"),
        ([video("bad key!"), video(""), {"site": "YouTube", "type": "Trailer"}, {}, None, video(7)], None),
    ],
)
def test_trailer(videos, key):
    expected = f"https://www.youtube.com/watch?v={key}" if key else ""
    assert mapped(videos={"results": videos}).trailer == expected


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (
            [{"title": "Der Pate", "iso_3166_1": "DE", "type": ""}, {"title": "  Il\npadrino "}],
            ("Der Pate", "Il padrino"),
        ),
        ([{"title": "Der Pate"}, {"title": "DER PATE"}], ("Der Pate",)),
        ([{"title": "The Lantern Keeper 7"}, {"title": "the lantern keeper 7"}], ()),
        ([{"title": ""}, {"title": None}, {"title": 7}, {"title": "x" * 201}, {}, None, "x"], ()),
        ([{"title": f"Title {number}"} for number in range(60)], tuple(f"Title {number}" for number in range(40))),
        ({"title": "x"}, ()),
        (None, ()),
    ],
)
def test_alternative_titles(titles, expected):
    assert mapped(alternative_titles={"titles": titles}).alternative_titles == expected


def test_texts_are_one_line_and_storable():
    film = mapped(tagline=" NUL \x00 and\r\n breaks ", overview="one\r\ntwo  three")
    assert (film.tagline, film.overview) == ("NUL and breaks", "one\ntwo three")
    assert mapped(tagline="x" * 501).tagline == ""


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ({"id": 0}, "id is not a positive integer"),
        (details_json(7, title=7), "movie 7: title is not text"),
        (details_json(7, popularity="much"), "movie 7: popularity is not a number"),
    ],
)
def test_bad_records(row, reason):
    with pytest.raises(BadRecord) as caught:
        map_details(row, "US")
    assert str(caught.value) == reason


TEXTS = st.text("tR7 -:/é七\x00\x1b\ud800\n", max_size=30)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PARTS = ["runtime", "tagline", "genres", "imdb_id", "external_ids", "release_dates", "credits", "videos",
         "alternative_titles"]  # fmt: skip
INNER = [
    "results",
    "titles",
    "title",
    "cast",
    "crew",
    "imdb_id",
    "name",
    "job",
    "order",
    "certification",
    "type",
    "key",
    "site",
]


@given(st.dictionaries(st.sampled_from(PARTS), ANYTHING | st.dictionaries(st.sampled_from(INNER), ANYTHING)))
def test_optional_values_never_refuse_a_film(changes):
    film = mapped(**changes)
    assert film.tmdb_id == 7
    assert film.runtime is None or 1 <= film.runtime <= 32_767
    assert len(film.certification) <= Movie._meta.get_field("certification").max_length
    assert len(film.trailer) <= Movie._meta.get_field("trailer").max_length
    assert len(film.tagline) <= Movie._meta.get_field("tagline").max_length
