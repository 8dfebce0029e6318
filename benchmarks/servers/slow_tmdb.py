"""A stand-in for TMDB that answers as slowly and with as much as TMDB does, for a process of its own.

It imports no models, so that the process needs no Django.
"""

import random
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from catalog_sync.tests.fakes.server import Request
from catalog_sync.tests.fakes.tmdb import FakeTMDB, details_json, movie_json

FILMS = 1_000
# A fifth of a usual night, which has 50 pages of films, 72 of changes, and 5,000 details.
PAGES, CHANGED = 10, 1_500
# Seconds of an answer: half of them take MEDIAN or less, one of a hundred 0.6 s.
MEDIAN, SPREAD = 0.15, 0.6


class SlowTMDB(FakeTMDB):
    """A TMDB of the films 1 to FILMS, with as many people in each as TMDB has, that takes its time."""

    chance = random.Random(7)

    def __init__(self) -> None:
        super().__init__()
        for number in range(FILMS // 20):
            self.page(number + 1, [movie_json(number * 20 + place) for place in range(1, 21)])
        people = [{"name": f"Player {number}", "order": number, "character": "A keeper"} for number in range(120)]
        crew = [{"name": f"Worker {number}", "job": "Grip", "department": "Lighting"} for number in range(120)]
        for number in range(1, FILMS + 1):
            film = details_json(number)
            film["credits"]["cast"] += people
            film["credits"]["crew"] += crew
            self.films[number] = film
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        self.changes = {yesterday.isoformat(): [{"id": number, "adult": False} for number in range(1, CHANGED + 1)]}

    def answer(self, request: Request) -> tuple[int, dict[str, Any]]:
        self.wait(MEDIAN * self.chance.lognormvariate(0, SPREAD))
        return super().answer(request)


def serve(connection: Connection) -> None:
    """Run the stand-in: send its address, and the number of requests so far whenever anything comes."""
    standin = SlowTMDB()
    standin.start()
    connection.send(standin.url)
    while connection.recv():
        connection.send(len(standin.requests))
