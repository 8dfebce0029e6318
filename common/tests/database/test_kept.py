"""Queries whose SQL is put together once."""

import pytest
from django.db.models import Count, Q

from accounts.models import User
from accounts.tests.factories import UserFactory
from common.database.kept import Parameter, kept_query

pytestmark = pytest.mark.django_db

built: list[tuple[int, str]] = []


@pytest.fixture(autouse=True)
def _nothing_built():
    built.clear()


def make_query():
    @kept_query
    def named(limit, order="username", /, *, name, other):
        built.append((limit, order))
        people = User.objects.annotate(asked=Count("pk", filter=Q(username=other)))
        people = people.filter(Q(username=name) | Q(username=other)).exclude(username="cleo")
        return people.order_by(order)[:limit]

    return named


def test_rows_are_those_of_the_values_of_each_call(django_assert_num_queries):
    ana, ben, eva = (UserFactory(username=name) for name in ("ana", "ben", "eva"))
    named = make_query()
    with django_assert_num_queries(4):
        assert named(5, name="ana", other="ben") == [ana, ben]
        assert [(user, user.asked) for user in named(5, name="eva", other="ben")] == [(ben, 1), (eva, 0)]
        assert named(1, name="eva", other="ben") == [ben]
        assert named(1, "-username", name="eva", other="%s' OR true --") == [eva]
    assert built == [(5, "username"), (1, "username"), (1, "-username")]


def test_each_call_reads_anew():
    named = make_query()
    assert named(5, name="ana", other="ben") == []
    ana = UserFactory(username="ana")
    assert named(5, name="ana", other="ben") == [ana]
    first, second = named(5, name="ana", other="ana"), named(5, name="ana", other="ana")
    assert first[0] is not second[0]


def test_rows_of_values_and_related_rows():
    ana = UserFactory(username="ana")

    @kept_query
    def ids(*, name: Parameter):
        return User.objects.filter(username=name).values_list("pk", "username")

    @kept_query
    def flat(*, name: Parameter):
        return User.objects.filter(username=name).values_list("pk", flat=True)

    assert ids(name="ana") == [(ana.pk, "ana")]
    assert flat(name="ana") == [ana.pk]
