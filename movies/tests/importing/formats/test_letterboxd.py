"""Letterboxd's files: its export as it is handed out, its lists, and the format that it imports."""

import pytest

from movies.importing.reading import NotReadable
from movies.tests.importing.files import HEAT, LETTERBOXD, contents_of, packed, read, remarks_of

RATED = f"{LETTERBOXD},Rating"
DIARY = f"{RATED},Rewatch,Tags,Watched Date"
REVIEWS = f"{RATED},Rewatch,Review,Tags,Watched Date"
LIST = (
    "Letterboxd list export v7\nDate,Name,Tags,URL,Description\n2022-06-11,To see,,https://boxd.it/l,"
    '"Two\n\nlines"\n\nPosition,Name,Year,URL,Description\n1,Jaws,1975,u,\n2,Ran,1985,v,\n'
)
HEAT_FILM = {"title": "Heat", "year": 1995}


def export(prefix=""):
    """Return a zip as Letterboxd hands it out: one film seen, rated in the diary, reviewed and liked."""
    files = {
        "profile.csv": "Date Joined,Username\n2017-01-01,ana\n",
        "watched.csv": f"{LETTERBOXD}\n{HEAT}\n2021-01-01,Ran,1985,v\n",
        "ratings.csv": f"{RATED}\n2024-01-05,Heat,1995,u,4.5\n",
        "diary.csv": f"{DIARY}\n2024-02-02,Heat,1995,d,3,,,2024-02-01\n",
        "reviews.csv": f"{REVIEWS}\n2024-02-02,Heat,1995,r,3,,Loud &amp; long.,,2024-02-01\n",
        "watchlist.csv": f"{LETTERBOXD}\n2022-01-02,Jaws,1975,w\n",
        "likes/films.csv": f"{LETTERBOXD}\n{HEAT}\n",
        "likes/lists.csv": "Date,Name,URL\n2024-01-05,A list,u\n",
        "lists/to-see.csv": LIST,
        "deleted/diary.csv": f"{DIARY}\n2020-01-01,Alien,1979,x,1,,,2020-01-01\n",
        "orphaned/diary.csv": f"{DIARY}\n2020-01-01,Aliens,1986,x,1,,,2020-01-01\n",
    }
    return packed({prefix + name: text for name, text in files.items()})


@pytest.mark.parametrize("prefix", ["", "letterboxd-ana-2026-01-21-11-20-utc/"])
def test_the_zip_is_taken_whole(prefix):
    source, rows, notes = contents_of(export(prefix), "letterboxd-ana.zip")
    counting = [(row.file, row.line, row.kind.value, row.said) for row in rows if row.superseded_by is None]
    rating = HEAT_FILM | {"rating": 9, "at": "2024-01-05", "review": "Loud & long."}
    assert source == "letterboxd"
    assert counting == [
        ("watched.csv", 3, "viewing", {"title": "Ran", "year": 1985, "at": "2021-01-01", "sometime": True}),
        ("ratings.csv", 2, "rating", rating),
        ("diary.csv", 2, "viewing", HEAT_FILM | {"at": "2024-02-01"}),
        ("reviews.csv", 2, "viewing", HEAT_FILM | {"at": "2024-02-01"}),
        ("watchlist.csv", 2, "watchlist", {"title": "Jaws", "year": 1975, "at": "2022-01-02"}),
        ("likes/films.csv", 2, "favorite", HEAT_FILM | {"at": "2024-01-05"}),
    ]
    assert notes == [
        "Left out: 2 other files of the zip.",
        "Left out: 2 films of lists, because Marquee has no lists.",
        "Left out: 2 files of what you have deleted.",
    ]


@pytest.mark.parametrize("folder", ["a/b/deleted/", "a/ORPHANED/", "deleted/lists/"])
def test_what_was_deleted_is_left_out_however_it_was_packed(folder):
    files = {"a/b/ratings.csv": f"{RATED}\n{HEAT},4.5", f"{folder}diary.csv": f"{DIARY}\n{HEAT},1,,,2020-01-01"}
    _, rows, notes = contents_of(packed(files | {"readme.txt": "Mine."}))
    assert [(row.file, row.said["rating"]) for row in rows] == [("a/b/ratings.csv", 9)]
    assert "Left out: 1 file of what you have deleted." in notes


def test_reviews_and_lists_that_were_liked_are_by_other_people():
    other = f'{REVIEWS}\n{HEAT},1,,"Not mine.",,2024-01-01'
    files = {"likes/films.csv": f"{LETTERBOXD}\n{HEAT}", "likes/reviews.csv": other}
    files |= {"likes/lists.csv": f"{LETTERBOXD}\n2024-01-05,A list,,https://boxd.it/l"}
    _, rows, notes = contents_of(packed(files))
    assert [(row.file, row.kind.value) for row in rows] == [("likes/films.csv", "favorite")]
    assert notes == ["Left out: 2 reviews and lists of other people that you liked."]


def test_lines_of_the_zip_give_way_to_the_one_that_counts():
    _, rows, _ = contents_of(export())
    gone = [
        (row.file, row.kind.value, row.superseded_in, row.superseded_by, row.is_merged)
        for row in rows
        if row.superseded_by
    ]
    assert gone == [
        ("watched.csv", "viewing", "reviews.csv", 2, False),
        ("diary.csv", "rating", "ratings.csv", 2, False),
        ("reviews.csv", "rating", "ratings.csv", 2, True),
    ]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Slow, <i>then</i> not.", "Slow, then not."),
        ("<b>See it</b> &amp; tell.", "See it & tell."),
        ("One<br>two<br />three", "One\ntwo\nthree"),
        ("<p>One.</p>\n\n\n<p>Two.</p>", "One.\n\nTwo."),
        ('A <a href="https://x.example/?a=1&amp;b=2">link</a>.', "A link."),
        ("<blockquote><em>Quoted</em></blockquote> &lt;not a tag&gt; &#39;x&#39;", "Quoted <not a tag> 'x'"),
        ("I <3 it, 1 < 2 > 0, <unknown>", "I <3 it, 1 < 2 > 0, <unknown>"),
        ("&amp;lt;i&amp;gt;", "&lt;i&gt;"),
    ],
)
def test_reviews_become_text(html, text):
    assert read(f'{REVIEWS}\n{HEAT},4,,"{html.replace(chr(34), chr(34) * 2)}",,')[1][0][2]["review"] == text


def test_many_open_brackets_cost_no_time():
    text = "<i" * 5_000
    assert read(f"{REVIEWS}\n{HEAT},4,,{text},,")[1][0][2]["review"] == text


def test_an_unreadable_rating_does_not_take_the_review_along():
    lines = f"{REVIEWS}\n{HEAT},9,,Words.,,\n2024-01-05,Ran,1985,u,9,,,,"
    said = "“9” is not a rating from 0.5 to 5 in halves."
    assert read(lines)[1][0] == (2, "rating", HEAT_FILM | {"review": "Words.", "at": "2024-01-05"})
    assert remarks_of(lines) == [(2, "rating", f"The rating was left out: {said}"), (3, "rating", said)]


def test_a_list_alone_is_a_watchlist():
    assert read(LIST, "to-see.csv")[1] == [
        (8, "watchlist", {"title": "Jaws", "year": 1975}),
        (9, "watchlist", {"title": "Ran", "year": 1985}),
    ]
    assert read(LIST.replace(",", ";"), "films-i-like.csv")[1][0][1] == "watchlist"


def test_the_format_that_letterboxd_imports():
    lines = [
        "Title,Year,tmdbID,imdbID,Rating10,WatchedDate,Rewatch,Review,Tags,Directors",
        "Heat,1995,949,tt0113277,9,2024-02-01,true,Loud &amp; long.,,Michael Mann",
        ",,,tt0089881,,2024-02-02,,,,",
    ]
    heat = HEAT_FILM | {"imdb_id": "tt0113277", "tmdb_id": 949}
    assert read("\n".join(lines)) == (
        "letterboxd",
        [
            (2, "viewing", heat | {"at": "2024-02-01"}),
            (2, "rating", heat | {"rating": 9, "review": "Loud & long.", "at": "2024-02-01"}),
            (3, "viewing", {"imdb_id": "tt0089881", "at": "2024-02-02"}),
        ],
    )
    assert read("LetterboxdURI,Title,Rating\nu,Heat,4.5")[1] == [(2, "rating", {"title": "Heat", "rating": 9})]
    assert read("tmdbID,Title\n949,Heat")[1] == [(2, "watchlist", {"title": "Heat", "tmdb_id": 949})]


def test_a_table_without_a_column_of_letterboxd_is_not_guessed():
    with pytest.raises(NotReadable, match="not recognised"):
        contents_of("Title,Year,Rating\nHeat,1995,4")


def test_an_optional_cell_never_refuses_a_row():
    lines = [RATED, "31/12/2023x,Brazil,85,https://boxd.it/u,4", f"2024-01-05,Ran,{'9' * 50},u,4"]
    assert [row[2] for row in read("\n".join(lines))[1]] == [
        {"title": "Brazil", "rating": 8},
        {"title": "Ran", "rating": 8, "at": "2024-01-05"},
    ]
    day = "The day was left out: “31/12/2023x” is not a date such as 2024-05-03."
    assert remarks_of("\n".join(lines))[0] == (
        2,
        "rating",
        f"The year was left out: “85” is not a year from 1870 to 2200. {day}",
    )
