"""A stand-in for TMDB's image host."""

from typing import Any

from catalog_sync.clients.images import ImageClient
from catalog_sync.tests.fakes.server import FakeServer, Request
from movies.tests.posters.pictures import jpeg


class FakeImages(FakeServer):
    """A server of `pictures` by path ("/poster7.jpg"), in any requested size."""

    folder = "/t/p"
    content_type = "image/jpeg"

    def __init__(self) -> None:
        super().__init__()
        self.pictures: dict[str, bytes] = {}

    def client(self, **options: Any) -> ImageClient:
        here: dict[str, Any] = {"base_url": self.url, "limiter": self.limiter, "sleep": self.slept.append}
        return ImageClient(**(here | options))

    def add_images(self, *numbers: int) -> None:
        """Add an image of its own colour for each number."""
        for number in numbers:
            self.pictures[f"/poster{number}.jpg"] = jpeg(color=(number * 37 % 256, number * 91 % 256, 20))

    def redirect(self, match: str, location: str, status: int = 302, times: int = 1) -> None:
        self.fail(match, status=status, headers={"Location": location}, times=times)

    def answer(self, request: Request) -> tuple[int, Any]:
        picture = self.pictures.get("/" + request.path.rpartition("/")[2])
        return (200, picture) if picture else (404, b"<h1>File not Found</h1>")
