"""Users in the admin: managers look, superusers promote, and no account is created."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import ManagerFactory

pytestmark = pytest.mark.django_db

FIELDS = {"username": "ana", "email": "ana@example.org", "name": "", "date_of_birth": "", "is_active": "on"}


def test_a_superuser_can_promote(client, ana):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    address = reverse("admin:accounts_user_change", args=[ana.pk])
    assert client.post(address, FIELDS | {"role": "manager"}).status_code == 302
    changed = User.objects.get(pk=ana.pk)
    assert (changed.role, changed.is_superuser, changed.password) == ("manager", False, ana.password)
    taken = client.post(address, FIELDS | {"role": "manager", "username": "ROOT"})
    assert "This username is already taken." in taken.content.decode()


def test_a_manager_can_only_look(client, ana):
    client.force_login(ManagerFactory())
    address = reverse("admin:accounts_user_change", args=[ana.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, FIELDS | {"role": "manager"}).status_code == 403
    assert client.post(reverse("admin:accounts_user_delete", args=[ana.pk]), {"post": "yes"}).status_code == 403
    assert User.objects.get(pk=ana.pk).role == "customer"


def test_no_account_is_created_in_the_admin(client):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403
