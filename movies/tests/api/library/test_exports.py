"""API of library exports."""

import csv
import json
from io import StringIO

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from movies.tests.api.answers import body_of, read_errors
from movies.tests.factories import MovieFactory, RatingFactory, ViewingFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

LIBRARY = "/api/v1/library"


class TestExport:
    def test_everything_as_json(self, ask, ana):
        RatingFactory(user=ana, rating=8), WatchlistItemFactory(user=ana), ViewingFactory(user=ana)
        RatingFactory(rating=3)
        for parameters in ({}, {"format": "json"}):
            answer = ask("get", f"{LIBRARY}/export", parameters)
            assert answer.status_code == 200
            assert answer.streaming
            assert answer["Content-Type"] == "application/json"
            today = timezone.localdate()
            assert answer["Content-Disposition"] == f'attachment; filename="marquee-ana-{today}.json"'
            assert answer["Cache-Control"] == "private, no-store"
            data = json.loads(body_of(answer))
            assert [len(data[name]) for name in ("films", "ratings", "watchlist", "history")] == [0, 1, 1, 1]
            assert data["ratings"][0]["rating"] == 8

    @pytest.mark.parametrize("kind", ["films", "ratings", "watchlist", "history"])
    def test_one_kind_as_csv(self, ask, ana, kind):
        film = MovieFactory(owner=ana, tmdb_id=None, title="Ä; -1")
        RatingFactory(user=ana, movie=film), WatchlistItemFactory(user=ana, movie=film)
        ViewingFactory(user=ana, movie=film)
        answer = ask("get", f"{LIBRARY}/export", {"format": "csv", "kind": kind}, headers={"Accept": "text/csv"})
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"].endswith(f'filename="marquee-{kind}-ana-{timezone.localdate()}.csv"')
        text = body_of(answer)
        assert text.startswith("\ufefftitle,original_title,year,imdb_id,tmdb_id,marquee_id,")
        (row,) = csv.DictReader(StringIO(text))
        assert (row["marquee_id"], row["year"]) == (str(film.pk), "1999")

    @pytest.mark.parametrize(
        ("query", "fields"),
        [
            ("format=xml", {"format"}),
            ("format=csv", {"kind"}),
            ("format=csv&kind=everything", {"kind"}),
            ("kind=ratings", {"kind"}),
            ("fromat=csv", {"fromat"}),
            ("format=csv&format=json", {"format"}),
            ("format=", {"format"}),
        ],
    )
    def test_unknown_values_are_named(self, ask, query, fields):
        status, code, errors = read_errors(ask("get", f"{LIBRARY}/export?{query}", headers={"Accept": "text/csv"}))
        assert (status, code, {field for field, _ in errors}) == (400, "validation_failed", fields)

    def test_a_name_that_no_file_may_have(self, ask):
        ana = UserFactory(username='a"\n/ßb')
        assert (
            f"marquee-ab-{timezone.localdate()}.json"
            in ask("get", f"{LIBRARY}/export", user=ana)["Content-Disposition"]
        )

    def test_a_file_for_another_service(self, ask, ana):
        film = MovieFactory(title="Heat", imdb_id="tt0113277", tmdb_id=949)
        RatingFactory(user=ana, movie=film, rating=9, review="Loud.")
        answer = ask("get", f"{LIBRARY}/export", {"format": "letterboxd", "kind": "ratings"})
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        name = f"marquee-letterboxd-ratings-ana-{timezone.localdate()}.csv"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["Cache-Control"] == "private, no-store"
        heading, line, _ = body_of(answer).split("\r\n")
        assert (heading, line) == ("tmdbID,imdbID,Title,Year,Rating10,Review", "949,tt0113277,Heat,1999,9,Loud.")

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("format=imdb&kind=history", "A file for IMDb has one of these: ratings, watchlist."),
            ("format=trakt", "A file for Trakt has one of these: ratings, history, watchlist."),
            ("format=letterboxd&kind=films", "A file for Letterboxd has one of these: ratings, history, watchlist."),
        ],
    )
    def test_what_a_service_does_not_read(self, ask, query, message):
        refused = read_errors(ask("get", f"{LIBRARY}/export?{query}"))
        assert refused == (400, "validation_failed", [("kind", message)])
