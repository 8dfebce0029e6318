"""What browsers may keep: of every route, signed in and not."""

import pytest

from tests.permission_table import TABLE
from tests.test_permission_matrix import answer, cast  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
PAGES = [row for row in TABLE if row.method == "GET" and not row.path.startswith("/api")]
# Nothing in them is secret. Everything else is kept by no browser: a new page as well.
PUBLIC = {
    "/",
    "/movies/",
    "/movies/suggest/",
    "/movies/<pk>-<slug>/",
    "/movies/<pk>-<slug>/ratings/",
    "/whats-on/",
}
FOR_EVER = {"/media/posters/<key>/w<width>.jpg"}


@pytest.mark.parametrize("who", ["anonymous", "customer", "manager"])
@pytest.mark.parametrize("row", PAGES, ids=lambda row: f"{row.path} {row.about}".strip())
def test_only_public_pages_are_kept(row, who, cast):  # noqa: F811
    header = answer(row, cast, who).headers["Cache-Control"]
    if row.path in PUBLIC:
        assert header == "private, no-cache" or "no-store" in header
    elif row.path not in FOR_EVER:
        assert "no-store" in header


@pytest.mark.parametrize("path", ["/", "/movies/", "/whats-on/"])
def test_public_pages_are_asked_for_again_with_their_etag(client, path):
    response = client.get(path)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert client.get(path, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_no_secret_of_an_account_is_kept():
    """The pages with the secrets themselves are among those that the walk looks at."""
    walked = {row.path for row in PAGES}
    names = ("totp/activate", "recovery-codes", "recovery-codes/download")
    assert {f"/account/second-factor/{name}/" for name in names} | {"/account/email/", "/tickets/<code>/"} <= walked
