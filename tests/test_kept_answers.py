"""What browsers may keep. `test_permission_matrix` looks at every route, signed in and not."""

import pytest

from tests.permission_table import TABLE
from tests.permission_table.keeping import PUBLIC

pytestmark = pytest.mark.django_db
PAGES = [row for row in TABLE if row.method == "GET" and not row.path.startswith("/api")]


@pytest.mark.parametrize("path", ["/", "/movies/", "/whats-on/"])
def test_public_pages_are_asked_for_again_with_their_etag(client, path):
    assert path in PUBLIC
    response = client.get(path)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert client.get(path, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_no_secret_of_an_account_is_kept():
    """The pages with the secrets themselves are among those that the walk looks at."""
    walked = {row.path for row in PAGES}
    names = ("totp/activate", "recovery-codes", "recovery-codes/download")
    assert {f"/account/second-factor/{name}/" for name in names} | {"/account/email/", "/tickets/<code>/"} <= walked
