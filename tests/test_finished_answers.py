"""What finished answers are made from: no table is forgotten, and people miss nothing of their own."""

import pytest
from django.apps import apps
from django.urls import resolve

from common.finished import changes
from common.finished.declarations import FINISHED, find_declaration
from tests.permission_table import PEOPLE, TABLE
from tests.test_permission_matrix import answer, cast  # noqa: F401 - a fixture

# With the reason in a word.
PRIVATE = {
    "django_admin_log": "managers",
    "movies_filmimport": "managers",
    "auth_permission": "managers",
    "auth_group": "managers",
    "auth_group_permissions": "managers",
    "accounts_user_groups": "managers",
    "accounts_user_user_permissions": "managers",
    "django_content_type": "code",
    "django_session": "sign-in",
    "account_emailaddress": "sign-in",
    "account_emailconfirmation": "sign-in",
    "usersessions_usersession": "sign-in",
    "socialaccount_socialapp": "sign-in",
    "socialaccount_socialaccount": "sign-in",
    "socialaccount_socialtoken": "sign-in",
    "accounts_notification": "personal",
    "accounts_mail": "personal",
    "movies_watchlistitem": "personal",
    "movies_libraryimport": "personal",
    "movies_libraryimportpart": "personal",
    "movies_libraryimportrow": "personal",
    "movies_reviewreport": "managers",
    "movies_storedposter": "upkeep",
    "movies_posterupload": "upkeep",
    "movies_syncstate": "upkeep",
    "movies_searchwordchange": "upkeep",
    "cinema_calendarfeed": "personal",
    "cinema_claim": "personal",
    "cinema_purchase": "personal",
    "cinema_scan": "entrance",
    "cinema_waiting": "personal",
    "catalog_sync_awaitedfilm": "upkeep",
    "catalog_sync_fetchjob": "managers",
    "catalog_sync_synclog": "managers",
}


def test_every_table_is_registered_or_private():
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    registered = set(changes.tables())
    assert registered | PRIVATE.keys() == tables
    assert not registered & PRIVATE.keys()


READS = [row for row in TABLE if row.method == "GET" and row.verdicts[0] == 200]


@pytest.mark.django_db
@pytest.mark.parametrize("row", READS, ids=lambda row: f"{row.path} {row.about}".strip())
def test_what_is_the_same_for_everybody_is(row, cast):  # noqa: F811
    """People who are signed in get the finished answer only where their own would say the same."""
    finished = answer(row, cast, "anonymous", **{FINISHED: True})
    declaration = find_declaration(finished.resolver_match.func) if finished.resolver_match else None
    if declaration is None:
        return
    assert set(declaration.kinds) <= set(changes.kinds())
    assert "Set-Cookie" not in finished.headers
    assert "no-store" not in finished.headers["Cache-Control"]
    if row.path.startswith("/api") and declaration.for_signed_in:
        assert {who: answer(row, cast, who).json() for who in PEOPLE[1:]} == dict.fromkeys(PEOPLE[1:], finished.json())


def test_something_is_declared():
    """Without this, the test above might look at nothing."""
    assert find_declaration(resolve("/api/v1/movies").func)
