"""The dry run: films are found, outcomes decided, and nothing of the library is written."""

import json
from datetime import UTC, date, datetime, timedelta
from unittest.mock import Mock

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.importing import decisions, dry_run
from movies.library import history
from movies.models import FormerFilm, LibraryImport, LibraryImportRow, Viewing
from movies.tests.factories import GenreFactory, MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

RATINGS = "marquee_id,imdb_id,tmdb_id,title,original_title,year,rating,review,created_at\n"
WATCHLIST = "marquee_id,title,year,is_favorite\n"
HISTORY = "marquee_id,title,year,watched_at\n"
FILMS = "marquee_id,title,year,imdb_id,runtime,genres,release_date\n"


@pytest.fixture
def found(send):
    """A function that returns, for each line, its film or its outcome."""

    def run(*lines):
        job = send(RATINGS + "\n".join(lines))
        return [row.movie or row.outcome for row in job.rows.select_related("movie")]

    return run


@pytest.fixture
def decided(send):
    """A function that returns (outcome, message) of each row."""

    def run(*args, **options):
        return list(send(*args, **options).rows.values_list("outcome", "message"))

    return run


class TestMatching:
    def test_the_imdb_id_comes_first(self, found):
        film = MovieFactory(imdb_id="tt0113277", title="Heat", year=1995)
        MovieFactory(imdb_id="tt0000001", title="Other", year=2000)
        assert found(",tt0113277,,Other,,2000,7") == [film]

    def test_the_tmdb_id_comes_next(self, found):
        film = MovieFactory(tmdb_id=949, title="Heat", year=1995)
        assert found(",tt0113277,949,Else,,1990,7") == [film]

    def test_a_tmdb_id_that_tmdb_deleted_finds_the_film_that_had_it(self, found):
        film = MovieFactory(tmdb_id=950, title="Heat", year=1995)
        FormerFilm.objects.create(tmdb_id=949, movie=film)
        assert found(",,949,Else,,1990,7", ",,948,Else,,1990,7") == [film, "unmatched"]

    @pytest.mark.parametrize("has_it", [True, False])
    def test_a_withdrawn_film_is_found_by_those_who_have_it(self, found, ana, has_it):
        film = MovieFactory(tmdb_id=949, title="Heat", year=1995, withdrawn=True)
        if has_it:
            WatchlistItemFactory(movie=film, user=ana)
        assert found(",,949,Heat,,1995,7") == [film if has_it else "unmatched"]

    def test_titles_match_as_the_database_folds_them(self, found):
        film = MovieFactory(title="AMÉLIE", year=2001)
        assert found(",,,Amelie,,2001,7", ",,,Something,Amélie,2001,7") == [film, film]

    def test_a_film_a_year_off_matches_without_an_exact_one(self, found):
        near, exact = MovieFactory(title="Heat", year=1996), MovieFactory(title="Heat", year=1995)
        assert found(",,,Heat,,1995,7", ",,,Heat,,1997,7", ",,,Heat,,1993,7") == [exact, near, "unmatched"]

    def test_several_films_are_ambiguous(self, found):
        MovieFactory(title="Heat", year=1994), MovieFactory(title="Heat", year=1996)
        assert found(",,,Heat,,1995,7") == ["ambiguous"]
        MovieFactory(title="Heat", year=1995), MovieFactory(title="Heat", year=1995)
        assert found(",,,Heat,,1995,7") == ["ambiguous"]

    def test_without_a_year_the_title_must_be_unique(self, found):
        film = MovieFactory(title="Heat", year=1995)
        assert found(",,,Heat,,,7") == [film]
        MovieFactory(title="Heat", year=1972)
        assert found(",,,Heat,,,7") == ["ambiguous"]
        unknown = MovieFactory(title="Heat", year=None)
        assert found(",,,Heat,,,7") == [unknown]

    def test_the_same_title_with_another_id_is_another_film(self, found):
        MovieFactory(title="Heat", year=1995, imdb_id="tt0000001", tmdb_id=1)
        assert found(",tt0113277,,Heat,,1995,7", ",,949,Heat,,1995,7") == ["unmatched", "unmatched"]
        film = MovieFactory(title="Heat", year=1995, imdb_id=None, tmdb_id=None)
        assert found(",tt0113277,949,Heat,,1995,7") == [film]

    def test_our_own_id_matches_only_with_title_and_year(self, found):
        films = [MovieFactory(title="Heat", year=1995, imdb_id=None) for _ in range(2)]
        assert found(f"{films[1].pk},,,Heat,,1995,7") == [films[1]]
        assert found(f"{films[1].pk},,,Ran,,1985,7") == ["unmatched"]

    def test_an_own_film_comes_before_the_catalogue(self, found, ana):
        MovieFactory(title="Heat", year=1995, imdb_id="tt0113277")
        own = MovieFactory(owner=ana, tmdb_id=None, title="Heat", year=1995, imdb_id="tt0113277")
        assert found(",tt0113277,,x,,,7", ",,,Heat,,1995,7") == [own, own]

    def test_private_films_of_other_users_never_match(self, found):
        film = MovieFactory(owner=UserFactory(), tmdb_id=None, title="Secret", year=1995, imdb_id="tt0113277")
        assert found(f"{film.pk},tt0113277,,Secret,,1995,7", ",,,Secret,,1995,7") == ["unmatched", "unmatched"]

    def test_the_number_of_queries_does_not_grow_with_the_rows(self, send, monkeypatch, django_assert_num_queries):
        for number in (1, 3):
            films = [MovieFactory(imdb_id=f"tt00000{number}{n}") for n in range(number)]
            lines = [f",{film.imdb_id},,x,,,7\n,,{film.tmdb_id},x,,,7\n,,,{film.title},,1999,7" for film in films]
            monkeypatch.setattr(dry_run, "check_import", lambda pk: None)
            job = send(RATINGS + "\n".join(lines))
            monkeypatch.undo()
            with django_assert_num_queries(23):
                dry_run.check_import(job.pk)
            assert job.rows.filter(movie=None).count() == 0
            job.delete()


class TestDeciding:
    def test_ratings(self, decided, ana):
        film, there = MovieFactory(title="New"), RatingFactory(user=ana, rating=7, review="Fine.").movie
        lines = [
            ",,,New,,1999,8",
            f",,,{there.title},,1999,7,Fine.",
            f",,{MovieFactory(title='x').tmdb_id},x,,,7",
        ]
        assert decided(RATINGS + "\n".join(lines)) == [("create", ""), ("unchanged", ""), ("create", "")]
        differs = RATINGS + f",,,{there.title},,1999,8,Fine."
        assert decided(differs) == [("kept", "You rated it 7 out of 10.")]
        assert decided(differs, overwrite=True) == [("change", "You rated it 7 out of 10.")]
        assert film.ratings.count() == 0

    def test_a_file_without_reviews_does_not_change_them(self, decided, ana):
        RatingFactory(user=ana, rating=7, review="Fine.", movie__title="Heat", movie__year=1995)
        assert decided("marquee_id,title,year,rating\n,Heat,1995,7", overwrite=True) == [("unchanged", "")]
        assert decided("marquee_id,title,year,rating,review\n,Heat,1995,7,", overwrite=True)[0][0] == "change"

    def test_watchlist(self, decided, ana):
        MovieFactory(title="New", year=1999)
        WatchlistItemFactory(user=ana, movie__title="Heat", movie__year=1999, is_favorite=True)
        text = WATCHLIST + ",New,1999,false\n,Heat,1999,false"
        assert decided(text) == [("create", ""), ("kept", "It is one of your favourites.")]
        assert decided(text, overwrite=True) == [("create", ""), ("change", "It is one of your favourites.")]
        letterboxd = "Date,Name,Year,Letterboxd URI\n2024-01-05,Heat,1999,u"
        assert decided(letterboxd, "watchlist.csv", overwrite=True) == [("unchanged", "")]

    def test_viewings(self, decided, ana, settings):
        at = datetime(2024, 5, 3, 19, 30, tzinfo=UTC)
        ViewingFactory(user=ana, movie__title="Heat", watched_at=at, source=Viewing.Source.TICKET)
        lines = [
            "2024-05-03T19:30:00Z",
            "2024-05-03T21:30:00+02:00",
            "2024-05-03",
            "2024-05-04",
            "2024-05-03T19:31:00Z",
        ]
        text = HISTORY + "\n".join(f",Heat,1999,{line}" for line in lines)
        assert decided(text) == [
            ("unchanged", ""),
            ("unchanged", "Another line of the file says the same."),
            ("unchanged", "Another line of the file says the same."),
            ("create", ""),
            ("create", ""),
        ]

    def test_many_viewings_of_one_film_cost_no_more_than_each_of_them(self, send, ana, monkeypatch):
        film = MovieFactory(title="Heat")
        for day in range(1, 21):
            ViewingFactory(user=ana, movie=film, watched_at=history.noon_of(date(2024, 1, day)))
        days = Mock(side_effect=timezone.localdate)
        monkeypatch.setattr(decisions.timezone, "localdate", days)
        job = send(HISTORY + "\n".join(f",Heat,1999,2024-01-{day:02}" for day in range(1, 26)))
        assert job.counts == {"unchanged": 20, "create": 5}
        assert days.call_count < 2 * 20  # and not once for each viewing and line

    def test_an_undated_viewing_is_known_after_any_viewing(self, decided, ana):
        MovieFactory(title="New")
        ViewingFactory(user=ana, movie__title="Heat")
        text = "Date,Name,Year,Letterboxd URI\n2020-01-05,Heat,1999,u\n2020-01-05,New,1999,u"
        assert decided(text, "watched.csv") == [("unchanged", "You have seen it already."), ("create", "")]

    def test_impossible_times_are_invalid(self, decided):
        MovieFactory(title="Heat")
        ahead = (timezone.now() + timedelta(days=2)).isoformat()
        text = HISTORY + f",Heat,1999,{ahead}\n,Heat,1999,1894-12-31"
        assert decided(text) == [
            ("invalid", "This is in the future."),
            ("invalid", "There were no films to see before 1895."),
        ]

    @pytest.mark.parametrize(
        ("at", "fault"),
        [("2199-01-01", "This is in the future."), ("1870-01-01", "There were no films to see before 1895.")],
    )
    def test_an_impossible_day_of_a_rating_or_item_is_left_out_and_said(self, send, at, fault):
        MovieFactory(title="Heat", year=1999)
        files = {
            "ratings.csv": f"Date,Name,Year,Letterboxd URI,Rating\n{at},Heat,1999,u,4.5",
            "watchlist.csv": f"Date,Name,Year,Letterboxd URI\n{at},Heat,1999,u",
            "films.csv": f"Date,Name,Year,Letterboxd URI\n{at},Heat,1999,u",
        }
        for name, text in files.items():
            row = send(text, name).rows.get()
            assert (row.outcome, row.note, "at" in row.said) == ("create", f"The day was left out: {fault}", False)

    def test_a_day_is_stored_as_noon_in_the_cinemas_time_zone(self, decided, ana, settings):
        ViewingFactory(user=ana, movie__title="Heat", watched_at=history.noon_of(date(2024, 5, 3)))
        assert decided(HISTORY + ",Heat,1999,2024-05-03") == [("unchanged", "")]

    def test_the_last_rating_of_a_film_counts(self, decided, ana):
        MovieFactory(title="Heat", imdb_id="tt0113277")
        text = RATINGS + ",tt0113277,,Heat,,1999,7,,2024-01-02\n,tt0113277,,Heat,,1999,9,,2024-01-03\n"
        text += ",tt0113277,,Heat,,1999,8,,2024-01-01\n,,,Heat,,1999,3"
        assert decided(text) == [
            ("unchanged", "Replaced by line 3."),
            ("create", ""),
            ("unchanged", "Replaced by line 3."),
            ("unchanged", "Replaced by line 3."),
        ]


class TestOwnFilms:
    def test_new_same_and_different_own_films(self, decided, ana):
        MovieFactory(owner=ana, tmdb_id=None, title="Hér", year=1999, runtime=5)
        MovieFactory(owner=UserFactory(), tmdb_id=None, title="New", year=1999)
        MovieFactory(title="New", year=1999)
        text = FILMS + ",New,1999,,5,,\n,Her,1999,,5,,\n,Bad,1999,,0,,\n,Worse,1999,,,,2001-01-01"
        assert decided(text) == [
            ("create", ""),
            ("kept", "Differs in title."),
            ("invalid", "Runtime: Give the minutes, from 1 to 32,767."),
            ("invalid", "Year: This is not the year of the release date, which is 2001."),
        ]
        assert decided(FILMS + ",Her,1999,,6,,", overwrite=True) == [("change", "Differs in runtime, title.")]
        assert decided("marquee_id,title,year,runtime\n,Hér,1999,5") == [("unchanged", "")]

    def test_unknown_genres_are_left_out(self, decided, ana):
        MovieFactory(owner=ana, tmdb_id=None, title="A", year=None, runtime=None, genres=[GenreFactory(name="Drama")])
        assert decided(FILMS + ",A,,,,drama; Elfenfilm,") == [("unchanged", "")]

    def test_rows_about_a_film_of_the_file_are_created_with_it(self, send):
        MovieFactory(title="Holiday", year=1987)
        data = {
            "marquee": 1,
            "films": [{"marquee_id": 5, "title": "Holiday", "year": 1987, "runtime": 3}],
            "ratings": [
                {"marquee_id": 5, "title": "Holiday", "rating": 7},
                {"marquee_id": 6, "title": "x", "rating": 1},
            ],
        }
        rows = send(json.dumps(data)).rows.values_list("kind", "movie", "outcome", "message")
        assert list(rows) == [
            ("film", None, "create", ""),
            ("rating", None, "create", "With the film of line 1."),
            ("rating", None, "unmatched", "No film has this title and year."),
        ]


class TestTheJob:
    def test_the_dry_run_writes_nothing_to_the_library(self, send, ana, versions):
        RatingFactory(user=ana, rating=7, movie__title="Heat")
        WatchlistItemFactory(user=ana, movie__title="Ran")
        before = versions()
        job = send(RATINGS + ",,,Heat,,1999,8\n,,,Ran,,1999,8\n,,,None,,1999,8\n,,,Ran,,1999,x", overwrite=True)
        assert (job.status, job.progress, job.total) == ("checked", 4, 4)
        assert job.counts == {"change": 1, "create": 1, "unmatched": 1, "invalid": 1}
        assert (job.source, job.filename, job.user, job.finished_at) == ("marquee", "file.csv", ana, None)
        assert versions() == before

    def test_a_killed_dry_run_continues_where_it_stopped(self, send, monkeypatch, interrupted, outcomes):
        monkeypatch.setattr(dry_run, "ROWS_AT_ONCE", 2)
        for number in range(5):
            MovieFactory(title=f"F{number}", year=1999)
        text = RATINGS + "\n".join(f",,,F{n % 4},,{1999 + n // 4},{n + 1}" for n in range(5))
        killed = interrupted(dry_run, "_save_batch", after=1)
        with pytest.raises(killed):
            send(text)
        job = LibraryImport.objects.get()
        assert (job.status, job.progress, job.total, job.counts) == ("checking", 2, 5, {"create": 2})
        monkeypatch.undo()
        dry_run.check_import(job.pk)
        job.refresh_from_db()
        # The last line repeats, in other words, the first one, which was checked before the crash.
        assert (job.status, job.progress, job.counts) == ("checked", 5, {"create": 4, "unchanged": 1})
        rows = list(LibraryImportRow.objects.values_list("pk", "outcome"))
        dry_run.check_import(job.pk)
        assert list(LibraryImportRow.objects.values_list("pk", "outcome")) == rows
