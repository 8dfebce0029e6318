"""The API of notifications."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Notification
from accounts.notifications import read_marks
from accounts.sign_in import tokens
from accounts.tests.factories import NotificationFactory

pytestmark = pytest.mark.django_db
LIST = "/api/v1/notifications"


@pytest.fixture
def api(ana):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.open_sign_in(ana).access}")
    return client


def utc(moment):
    return moment and moment.isoformat().replace("+00:00", "Z")


def as_json(notification):
    return {
        "id": notification.pk,
        "kind": notification.kind,
        "text": notification.text,
        "link": notification.link,
        "created_at": utc(notification.created_at),
        "read": notification.read_at is not None,
        "read_at": utc(notification.read_at),
    }


def test_the_list_has_own_notifications_the_newest_first(api, ana):
    NotificationFactory()
    first, second = NotificationFactory(user=ana), NotificationFactory(user=ana, read_at=timezone.now())
    assert api.get(LIST).json() == {
        "items": [as_json(second), as_json(first)],
        "meta": {
            "page": 1,
            "limit": 20,
            "total": 2,
            "total_pages": 1,
            "total_is_exact": True,
            "next_cursor": None,
            "unread": 1,
        },
    }
    assert [item["id"] for item in api.get(LIST, {"ordering": "created_at"}).json()["items"]] == [first.pk, second.pk]
    assert api.get(LIST, {"fields": "id"}).json()["items"] == [{"id": second.pk}, {"id": first.pk}]


@pytest.mark.parametrize(("unread", "expected"), [("true", [False]), ("false", [True])])
def test_the_filter_by_unread(api, ana, unread, expected):
    NotificationFactory(user=ana)
    NotificationFactory(user=ana, read_at=timezone.now())
    answer = api.get(LIST, {"unread": unread}).json()
    assert [item["read"] for item in answer["items"]] == expected
    assert (answer["meta"]["total"], answer["meta"]["unread"]) == (1, 1)


def test_the_cursor_continues_the_list(api, ana):
    notifications = [NotificationFactory(user=ana) for _ in range(3)]
    page = api.get(LIST, {"limit": 2}).json()
    rest = api.get(LIST, {"limit": 2, "cursor": page["meta"]["next_cursor"]}).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == [each.pk for each in notifications[::-1]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("unread=yes", "unread"),
        ("unread=1", "unread"),
        ("kind=x", "kind"),
        ("ordering=text", "ordering"),
        ("page=0", "page"),
    ],
)
def test_invalid_parameters_are_refused(api, query, field):
    answer = api.get(f"{LIST}?{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_marking_as_read_and_unread(api, ana):
    notification = NotificationFactory(user=ana)
    address = f"{LIST}/{notification.pk}"
    assert api.get(address).json() == as_json(notification)
    answer = api.patch(address, {"read": True}, format="json")
    notification.refresh_from_db()
    assert notification.read_at is not None
    assert (answer.status_code, answer.json()) == (200, as_json(notification))
    assert api.patch(address, {"read": True}, format="json").json() == as_json(notification)
    assert api.patch(address, {"read": False}, format="json").json()["read_at"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "read"),
        ({"read": "true"}, "read"),
        ({"read": 1}, "read"),
        ({"read": None}, "read"),
        ({"read": True, "x": 1}, "x"),
    ],
)
def test_invalid_bodies_are_refused(api, ana, body, field):
    answer = api.patch(f"{LIST}/{NotificationFactory(user=ana).pk}", body, format="json")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert Notification.objects.get().read_at is None


@pytest.mark.parametrize("pk", ["0", "999999999999999999999"])
def test_unknown_notifications_are_404(api, pk):
    assert api.get(f"{LIST}/{pk}").status_code == 404


def test_another_users_notification_is_404(api):
    notification = NotificationFactory()
    assert api.get(f"{LIST}/{notification.pk}").status_code == 404
    assert api.patch(f"{LIST}/{notification.pk}", {"read": True}, format="json").status_code == 404


def test_a_notification_deleted_at_this_moment_is_404(api, ana, monkeypatch):
    notification = NotificationFactory(user=ana)

    def gone(notification):
        raise Notification.DoesNotExist

    monkeypatch.setattr(read_marks, "mark_read", gone)
    assert api.patch(f"{LIST}/{notification.pk}", {"read": True}, format="json").status_code == 404


def test_marking_all_as_read(api, ana):
    notifications = [NotificationFactory(user=ana) for _ in range(3)]
    theirs = NotificationFactory()
    assert api.post(f"{LIST}/read-all", {"up_to": notifications[1].pk}, format="json").json() == {"read": 2}
    assert api.post(f"{LIST}/read-all").json() == {"read": 1}
    assert api.post(f"{LIST}/read-all").json() == {"read": 0}
    theirs.refresh_from_db()
    assert theirs.read_at is None


@pytest.mark.parametrize("up_to", [0, -1, "5", 1.5, True, None, 2**63])
def test_an_invalid_up_to_is_refused(api, up_to):
    answer = api.post(f"{LIST}/read-all", {"up_to": up_to}, format="json")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, ["up_to"])


def test_unknown_fields_of_read_all_are_refused(api):
    assert api.post(f"{LIST}/read-all", {"since": 1}, format="json").status_code == 400
    assert api.post(f"{LIST}/read-all?page=1").status_code == 400


def test_the_number_of_queries_does_not_grow_with_the_list(api, ana, django_assert_num_queries):
    for _ in range(2):
        NotificationFactory(user=ana)
        with django_assert_num_queries(3):  # sign-in, rows, unread count
            api.get(LIST)
        NotificationFactory(user=ana)
