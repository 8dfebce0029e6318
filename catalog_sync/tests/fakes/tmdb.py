"""A stand-in for TMDB."""

from typing import Any

from catalog_sync.clients.tmdb import TMDBClient
from catalog_sync.tests.fakes.server import KEY, FakeServer, Request

__all__ = ["GENRES", "KEY", "FakeTMDB", "details_json", "movie_json"]

GENRES = {18: "Drama", 35: "Comedy", 878: "Science Fiction"}


def movie_json(number: int, **changes: Any) -> dict[str, Any]:
    """Return a row of a TMDB list; `number` is its id and makes it differ from the others."""
    return {
        "adult": False,
        "backdrop_path": f"/backdrop{number}.jpg",
        "genre_ids": [18, 35],
        "id": number,
        "original_language": "en",
        "original_title": f"The Lantern Keeper {number}",
        "overview": f"A keeper tends lantern number {number}.",
        "popularity": 100.5 + number,
        "poster_path": f"/poster{number}.jpg",
        "release_date": "2019-05-17",
        "title": f"The Lantern Keeper {number}",
        "video": False,
        "vote_average": 7.25,
        "vote_count": 120,
    } | changes


def details_json(number: int, **changes: Any) -> dict[str, Any]:
    """Return a film in full, the same as in `movie_json`; `changes` replace whole fields or appended parts."""
    row = movie_json(number)
    del row["genre_ids"]
    return (
        row
        | {
            "budget": 0,
            "genres": [{"id": 18, "name": "Drama"}, {"id": 35, "name": "Comedy"}],
            "imdb_id": f"tt{number:07}",
            "runtime": 101,
            "softcore": False,
            "status": "Released",
            "tagline": f"Lantern {number} never goes out.",
            "external_ids": {"imdb_id": f"tt{number:07}", "wikidata_id": None},
            "release_dates": {"results": [{"iso_3166_1": "US", "release_dates": [release("PG-13")]}]},
            "credits": {
                "cast": [{"name": "Second Player", "order": 1}, {"name": "First Player", "order": 0}],
                "crew": [{"name": "Dee Rector", "job": "Director"}, {"name": "Ed Itor", "job": "Editor"}],
            },
            "videos": {"results": [video("trailerkey1")]},
            "alternative_titles": {
                "titles": [{"iso_3166_1": "DE", "title": f"Der Laternenwächter {number}", "type": ""}]
            },
        }
        | changes
    )


def release(certification: str, kind: int = 3, day: str = "2019-05-17") -> dict[str, Any]:
    return {"certification": certification, "type": kind, "release_date": f"{day}T00:00:00.000Z", "note": ""}


def video(key: Any, **changes: Any) -> dict[str, Any]:
    plain = {"site": "YouTube", "type": "Trailer", "official": True, "published_at": "2019-01-01T00:00:00.000Z"}
    return plain | {"key": key} | changes


class FakeTMDB(FakeServer):
    """A server of `genres`, `films` in full by id, ids of `changes` by day, 100 a page, and the pages of a list.

    The list is the same under `/movie/popular` and `/discover/movie`, unless `releases` are set, which are the latter's
    only page. A page that was not set is empty.
    """

    folder = "/3"
    no_key = {"success": False, "status_code": 7, "status_message": "No key."}

    def __init__(self) -> None:
        self.genres: list[Any] = [{"id": number, "name": name} for number, name in GENRES.items()]
        super().__init__()
        self._pages: dict[int, list[Any]] = {}
        self._total_pages: int | None = None
        self.films: dict[int, Any] = {}
        self.changes: dict[str, list[Any]] = {}
        self.releases: list[Any] | None = None

    def client(self, **options: Any) -> TMDBClient:
        """Return a client of this server, which records its waits in `slept` and `limiter` instead of waiting."""
        here: dict[str, Any] = {
            "api_key": KEY,
            "base_url": self.url,
            "limiter": self.limiter,
            "sleep": self.slept.append,
        }
        return TMDBClient(**(here | options))

    def page(self, number: int, rows: list[Any], total_pages: int | None = None) -> None:
        """Set one page; all pages report `total_pages` from now on, or else the highest page that was set."""
        self._pages[number] = rows
        self._total_pages = total_pages or self._total_pages

    def pages(self, count: int, size: int = 20, overlap: int = 0) -> None:
        """Set pages 1 to `count`; the first `overlap` rows of each repeat the last ones of the page before."""
        for number in range(count):
            first = number * (size - overlap) + 1
            self.page(number + 1, [movie_json(first + step) for step in range(size)])

    def answer(self, request: Request) -> tuple[int, dict[str, Any]]:
        if request.path == "/3/genre/movie/list":
            return 200, {"genres": self.genres}
        if request.path == "/3/discover/movie" and self.releases is not None:
            rows = self.releases
            return 200, {"page": 1, "results": rows, "total_pages": 1, "total_results": len(rows)}
        if request.path in {"/3/movie/popular", "/3/discover/movie"}:
            return self._answer_page(int(request.query.get("page", "1")))
        if request.path == "/3/movie/changes":
            return 200, self._changed(request.query["start_date"], int(request.query["page"]))
        if request.path.startswith("/3/find/"):
            imdb_id = request.path.removeprefix("/3/find/")
            found = [film for film in self.films.values() if film.get("imdb_id") == imdb_id]
            return 200, {"movie_results": found, "tv_results": []}
        number = request.path.removeprefix("/3/movie/")
        if number.isdigit() and int(number) in self.films:
            return 200, self.films[int(number)]
        return 404, {"success": False, "status_code": 34, "status_message": "Nothing here."}

    def _changed(self, day: str, page: int) -> dict[str, Any]:
        rows = self.changes.get(day, [])
        pages = -(-len(rows) // 100)
        return {"results": rows[(page - 1) * 100 : page * 100], "page": page, "total_pages": pages}

    def _answer_page(self, number: int) -> tuple[int, dict[str, Any]]:
        if not 1 <= number <= 500:
            return 400, {"success": False, "status_code": 22, "status_message": "No such page."}
        return 200, {
            "page": number,
            "results": self._pages.get(number, []),
            "total_pages": self._total_pages or max(self._pages, default=0),
            "total_results": 1_000_000 + len(self.requests),  # totals drift within a run
        }
