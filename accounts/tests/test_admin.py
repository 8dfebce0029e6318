"""Users in the admin: managers look, superusers promote, and no account is created."""

from datetime import date

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory

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
    assert User.objects.get(pk=ana.pk).role == "customer"


def test_a_manager_corrects_a_date_of_birth_with_a_reason(client):
    child = UserFactory(date_of_birth=date(2012, 5, 30))
    manager = ManagerFactory()
    client.force_login(manager)
    page = client.get(reverse("admin:accounts_user_change", args=[child.pk])).content.decode()
    address = reverse("admin:accounts_user_correct_date_of_birth", args=[child.pk])
    assert address in page
    assert 'value="2012-05-30"' in client.get(address).content.decode()
    for fields, message in [
        ({"date_of_birth": "1990-01-02", "reason": ""}, "This field is required."),
        ({"date_of_birth": "2999-01-01", "reason": "passport"}, "Enter a date of birth in the past"),
    ]:
        assert message in client.post(address, fields).content.decode()
        assert User.objects.get(pk=child.pk).date_of_birth == date(2012, 5, 30)
    assert client.post(address, {"date_of_birth": "1990-01-02", "reason": "passport"}).status_code == 302
    assert User.objects.get(pk=child.pk).date_of_birth == date(1990, 1, 2)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.get_change_message()) == (
        manager,
        str(child.pk),
        "Date of birth corrected: passport",
    )


def test_no_other_form_of_the_admin_changes_a_date_of_birth(client):
    ana = UserFactory(username="ana", email="ana@example.org", date_of_birth=date(2012, 5, 30))
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    address = reverse("admin:accounts_user_change", args=[ana.pk])
    assert client.post(address, FIELDS | {"role": "customer", "date_of_birth": "1990-01-02"}).status_code == 302
    assert User.objects.get(pk=ana.pk).date_of_birth == date(2012, 5, 30)


def test_customers_correct_nothing(client, ana):
    client.force_login(ana)
    address = reverse("admin:accounts_user_correct_date_of_birth", args=[ana.pk])
    assert client.post(address, {"date_of_birth": "1990-01-02", "reason": "passport"}).status_code == 302
    assert User.objects.get(pk=ana.pk).date_of_birth is None


def test_no_account_is_created_in_the_admin(client):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403
