import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.tests.factories import UserFactory
from common.database.constraints import violated_name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"username": "ANA"}, "user_username_unique_ignoring_case"),
        ({"role": "admin"}, "user_role_known"),
        ({"created_at": None}, None),
    ],
)
def test_the_database_says_which_rule_was_broken(columns, name):
    UserFactory(username="ana")
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.filter(pk=UserFactory().pk).update(**columns)
    assert violated_name(caught.value) == name


def test_an_error_that_does_not_come_from_the_database():
    with pytest.raises(IntegrityError) as caught:
        raise IntegrityError from ValueError("x")
    assert violated_name(caught.value) is violated_name(IntegrityError("made by hand")) is None
