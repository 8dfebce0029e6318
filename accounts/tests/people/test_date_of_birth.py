"""A date of birth is set once by its owner, and corrected by managers."""

from datetime import date
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import User
from accounts.people import profile
from accounts.people.profile import DATE_OF_BIRTH_SET
from accounts.tests.factories import UserFactory
from common.errors import Code, Conflict

CHILD, ADULT = date(2012, 5, 30), date(1990, 1, 2)


@pytest.mark.django_db
def test_the_owner_sets_it_once(ana):
    stale = User.objects.get(pk=ana.pk)
    profile.update_profile(ana, date_of_birth=CHILD)
    profile.update_profile(ana, date_of_birth=CHILD)  # the same again
    for user, born in ((ana, ADULT), (ana, None), (stale, ADULT), (stale, None)):
        with pytest.raises(Conflict) as refused:
            profile.update_profile(user, name="Ana K.", date_of_birth=born)
        assert (refused.value.code, refused.value.message) == (Code.DATE_OF_BIRTH_SET, DATE_OF_BIRTH_SET)
        assert user.date_of_birth == CHILD
    assert User.objects.values_list("date_of_birth", "name").get() == (CHILD, "")


@pytest.mark.django_db
def test_a_manager_corrects_or_clears_it():
    user = UserFactory(date_of_birth=CHILD)
    profile.correct_date_of_birth(user, ADULT)
    assert User.objects.get().date_of_birth == ADULT
    with pytest.raises(ValidationError, match="in the past"):
        profile.correct_date_of_birth(user, date(2999, 1, 1))
    assert User.objects.get().date_of_birth == ADULT
    profile.correct_date_of_birth(user, None)
    profile.update_profile(user, date_of_birth=CHILD)
    assert User.objects.get().date_of_birth == CHILD


def choose_at_once(at_once):
    """Set eight dates of birth of one account at once, and return how many of the calls succeeded."""
    user = UserFactory()
    dates = [date(1990, 1, day) for day in range(1, 9)]

    def set_next():
        profile.update_profile(User.objects.get(pk=user.pk), date_of_birth=dates.pop())

    outcomes = at_once(set_next, len(dates))
    assert not [error for error in outcomes if error and not isinstance(error, Conflict)]
    return outcomes.count(None)


@pytest.mark.django_db(transaction=True)
def test_of_eight_dates_at_once_one_is_stored(at_once):
    assert choose_at_once(at_once) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_condition_of_the_statement_several_are_stored(at_once):
    """The control: the same calls, with an UPDATE that does not look at what is stored."""
    update = QuerySet.update

    def update_unconditionally(rows, **values):
        return update(User.objects.all() if "date_of_birth" in values else rows, **values)

    with mock.patch.object(QuerySet, "update", update_unconditionally):
        assert choose_at_once(at_once) > 1
