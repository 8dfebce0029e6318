"""/users, for managers."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory

pytestmark = pytest.mark.django_db

USERS = "/api/v1/users"


@pytest.fixture
def manager(client):
    user = ManagerFactory(username="maria", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    client.force_login(user)
    return user


def names(client, **parameters):
    response = client.get(USERS, parameters)
    assert response.status_code == 200, response.json()
    return [person["username"] for person in response.json()["items"]]


def test_one_user(client, manager):
    ana = UserFactory(
        username="ana", name="Ana", date_of_birth=date(1994, 8, 2), created_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    shown = {
        "id": ana.pk,
        "username": "ana",
        "email": "ana@example.org",
        "name": "Ana",
        "role": "customer",
        "date_of_birth": "1994-08-02",
        "created_at": "2026-01-02T00:00:00Z",
    }
    assert client.get(f"{USERS}/{ana.pk}").json() == shown
    assert client.get(USERS, {"role": "customer"}).json() == {
        "items": [shown],
        "meta": {"page": 1, "limit": 20, "total": 1, "total_pages": 1, "total_is_exact": True, "next_cursor": None},
    }


def test_ordering_and_filters(client, manager):
    UserFactory(username="ana", created_at=datetime(2026, 1, 3, tzinfo=UTC))
    UserFactory(username="zoe", created_at=datetime(2026, 1, 2, tzinfo=UTC), is_active=False)
    assert names(client) == ["ana", "maria", "zoe"]
    assert names(client, ordering="-username") == ["zoe", "maria", "ana"]
    assert names(client, ordering="created_at") == ["maria", "zoe", "ana"]
    assert names(client, role="manager") == ["maria"]
    assert names(client, is_active="false") == ["zoe"]
    assert names(client, is_active="true", limit=1, page=2) == ["maria"]
    cursor = client.get(USERS, {"limit": 2}).json()["meta"]["next_cursor"]
    assert names(client, limit=2, cursor=cursor) == ["zoe"]


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"role": "admin"}, "role"),
        ({"is_active": "yes"}, "is_active"),
        ({"ordering": "password"}, "ordering"),
        ({"password": "x"}, "password"),
        ({"fields": "id,password"}, "fields"),
    ],
)
def test_invalid_parameters_are_refused(client, manager, refusal, parameters, field):
    status, code, errors = refusal(client.get(USERS, parameters))
    assert (status, code, [error[0] for error in errors]) == (400, "validation_failed", [field])


@pytest.mark.parametrize("path", ["/0", "/99999999999999999999999", "/abc"])
def test_unknown_users_are_404(client, manager, refusal, path):
    assert refusal(client.get(USERS + path)) == (404, "not_found", [])


@pytest.mark.parametrize("path", ["", "/1"])
def test_customers_and_visitors_are_refused(client, refusal, path):
    assert refusal(client.get(USERS + path)) == (401, "not_authenticated", [])
    client.force_login(UserFactory(pk=1))
    assert refusal(client.get(USERS + path)) == (403, "permission_denied", [])
    assert refusal(client.post(USERS, {}))[0] in {403, 405}
    client.force_login(UserFactory(is_superuser=True))
    assert client.get(USERS).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_makes_three_queries(client, manager, django_assert_num_queries, rows):
    User.objects.bulk_create(User(username=f"p{n}", email=f"p{n}@example.org") for n in range(rows))
    with django_assert_num_queries(3):  # the session, the manager, the page
        client.get(USERS)
