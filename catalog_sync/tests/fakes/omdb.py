"""A stand-in for OMDb."""

from typing import Any

from catalog_sync.clients.budget import DailyBudget
from catalog_sync.clients.omdb import OMDbClient
from catalog_sync.tests.fakes.server import KEY, FakeServer, Request


def title_json(number: int, **changes: Any) -> dict[str, Any]:
    """Return a row; `number` is in its id and its title."""
    return {
        "Title": f"The Lantern Keeper {number}",
        "Year": "2019",
        "Rated": "PG-13",
        "Released": "17 May 2019",
        "Runtime": "101 min",
        "Genre": "Drama, Comedy",
        "Director": "Dee Rector",
        "Actors": "First Player, Second Player",
        "Plot": "A keeper tends a lantern.",
        "Poster": "N/A",
        "Ratings": [{"Source": "Internet Movie Database", "Value": "7.9/10"}],
        "Metascore": "71",
        "imdbRating": "7.9",
        "imdbVotes": "1,234,567",
        "imdbID": f"tt{number:07}",
        "Type": "movie",
        "Response": "True",
    } | changes


def error_json(sentence: str) -> dict[str, Any]:
    return {"Response": "False", "Error": sentence}


class FakeOMDb(FakeServer):
    """A server of `titles` by id; a search or a title finds those with the words. Bytes are sent as they are.

    With `answers_anything` it answers every title with a film, as OMDb does with one that it finds alike.
    """

    folder = "/"
    no_key = error_json("No API key provided.")

    def __init__(self) -> None:
        super().__init__()
        self.titles: dict[str, Any] = {}
        self.answers_anything = False

    def client(self, **options: Any) -> OMDbClient:
        here: dict[str, Any] = {
            "api_key": KEY,
            "base_url": self.url,
            "limiter": self.limiter,
            "budget": DailyBudget("fake-omdb", 1000),
            "sleep": self.slept.append,
        }
        return OMDbClient(**(here | options))

    def answer(self, request: Request) -> tuple[int, Any]:
        query = request.query
        if "i" in query:
            return 200, self.titles.get(query["i"], error_json("Incorrect IMDb ID."))
        words = query.get("t") or query["s"]
        matches = [
            row for row in self.titles.values() if self.answers_anything or words.lower() in row["Title"].lower()
        ]
        matches = [row for row in matches if query.get("type", row["Type"]) == row["Type"]]
        if not matches:
            return 200, error_json("Movie not found!")
        if "t" in query:
            return 200, matches[0]
        page = int(query["page"])
        return 200, {
            "Search": matches[(page - 1) * 10 : page * 10],
            "totalResults": str(len(matches)),
            "Response": "True",
        }
