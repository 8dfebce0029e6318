from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.people import profile
from accounts.tests.factories import ConfirmedUserFactory

pytestmark = pytest.mark.django_db


def test_a_user_changes_the_profile(ana):
    User.objects.update(role="manager")  # a concurrent change
    profile.update_profile(ana, name="Ana K.", email="ANA@example.net", date_of_birth=date(1990, 1, 2))
    user = User.objects.get()
    assert (user.name, user.email, user.date_of_birth, user.role) == (
        "Ana K.",
        "ana@example.net",
        date(1990, 1, 2),
        "manager",
    )
    profile.update_profile(ana)
    assert User.objects.get().name == "Ana K."


def test_a_new_address_is_not_confirmed(ana):
    EmailAddress.objects.create(user=ana, email=ana.email, primary=True, verified=True)
    profile.update_profile(ana, email="ANA@example.org")
    assert EmailAddress.objects.get().verified
    profile.update_profile(ana, email="ana@example.net")
    assert EmailAddress.objects.values_list("email", "verified", "primary").get() == ("ana@example.net", False, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "a\0"), ("email", "x"), ("email", ""), ("date_of_birth", date(1800, 1, 1))],
)
def test_invalid_values_are_refused(ana, field, value):
    with pytest.raises(ValidationError) as refused:
        profile.update_profile(ana, **{field: value})
    assert list(refused.value.message_dict) == [field]


def test_the_address_of_another_account_can_be_given_and_not_confirmed(ana):
    bob = ConfirmedUserFactory(email="bob@example.org")
    profile.update_profile(ana, email="BOB@example.org")
    assert User.objects.get(pk=ana.pk).email == "bob@example.org"
    assert not EmailAddress.objects.get(user=ana).verified
    assert EmailAddress.objects.get(user=bob).verified


@pytest.mark.parametrize("field", ["role", "username", "is_superuser", "password", "id"])
def test_other_fields_cannot_be_changed(ana, field):
    with pytest.raises(ValueError, match=field):
        profile.update_profile(ana, **{field: 1})
