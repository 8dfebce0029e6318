"""Deleting an account: by a manager, in the admin too, with the function of the account page."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse

from accounts.models import Notification, User
from accounts.people import closing
from accounts.tests.factories import ManagerFactory, NotificationFactory, UserFactory
from common.errors import NotAllowed

pytestmark = pytest.mark.django_db

LIST = reverse("admin:accounts_user_changelist")


def delete_page(user):
    return reverse("admin:accounts_user_delete", args=[user.pk])


@pytest.fixture
def manager(client):
    manager = ManagerFactory(username="mia")
    client.force_login(manager)
    return manager


@pytest.fixture
def ana():
    """A customer with a row of what made Django's own deletion fail."""
    return NotificationFactory(user__username="ana").user


def test_who_may_erase_whom(ana):
    manager, other = ManagerFactory.create_batch(2)
    root = ManagerFactory(is_superuser=True)
    closed = ManagerFactory(is_active=False)
    for by in (UserFactory(), closed):
        with pytest.raises(PermissionDenied):
            closing.erase_account(ana, by)
    for user, by in ((manager, manager), (root, root), (other, manager), (root, manager)):
        with pytest.raises(NotAllowed):
            closing.erase_account(user, by)
    User.objects.filter(pk=ana.pk).update(role="manager")  # promoted meanwhile: the row counts
    with pytest.raises(NotAllowed):
        closing.erase_account(ana, manager)
    closing.erase_account(ana, root)
    closing.erase_account(other, root)
    with pytest.raises(Http404):
        closing.erase_account(ana, root)
    assert set(User.objects.filter(pk__in=[ana.pk, other.pk, manager.pk])) == {manager}


def test_a_manager_deletes_an_account_on_its_page(client, manager, ana):
    assert delete_page(ana) in client.get(reverse("admin:accounts_user_change", args=[ana.pk])).content.decode()
    page = client.get(delete_page(ana)).content.decode()
    assert "Kept, without a name: tickets" in page
    assert client.post(delete_page(ana), {"post": "yes"})["Location"] == LIST
    assert not User.objects.filter(pk=ana.pk).exists()
    assert not Notification.objects.exists()


def test_nothing_in_the_history_names_a_deleted_account(client, manager, ana):
    address = reverse("admin:accounts_user_correct_date_of_birth", args=[ana.pk])
    client.post(address, {"date_of_birth": "1990-01-02", "reason": "passport of Ana"})
    client.post(delete_page(ana), {"post": "yes"})
    entries = LogEntry.objects.order_by("pk").values_list("user", "object_repr", "change_message")
    assert set(entries) == {(manager.pk, "a closed account", "")}
    assert len(entries) == 2


def test_a_manager_deletes_several_accounts_in_the_list(client, manager, ana):
    ben = UserFactory()
    chosen = {"action": "delete_selected", "_selected_action": [ana.pk, ben.pk]}
    page = client.post(LIST, chosen).content.decode()
    assert "Kept, without a name: tickets" in page
    assert page.count('name="_selected_action"') == 2
    client.post(LIST, chosen | {"post": "yes"})
    assert list(User.objects.all()) == [manager]


@pytest.mark.parametrize("who", ["self", "manager", "superuser"])
def test_managers_delete_no_managers(client, manager, ana, who):
    user = manager if who == "self" else ManagerFactory(is_superuser=who == "superuser")
    assert delete_page(user) not in client.get(reverse("admin:accounts_user_change", args=[user.pk])).content.decode()
    assert client.post(delete_page(user), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [ana.pk, user.pk]}
    for confirmed in ({}, {"post": "yes"}):
        page = client.post(LIST, chosen | confirmed).content.decode()
        assert "This is not possible." in page
        assert "account" in page
    assert User.objects.filter(pk__in=[ana.pk, user.pk]).count() == 2


def test_customers_delete_nobody(client, ana):
    client.force_login(ana)
    assert client.post(delete_page(UserFactory()), {"post": "yes"})["Location"].startswith(reverse("admin:login"))
    assert User.objects.count() == 2
