from datetime import date

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts import queries
from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory, confirm

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("user_username_unique_ignoring_case", {"username": "ANA"}),
        ("user_username_not_empty", {"username": ""}),
        ("user_role_known", {"role": "admin"}),
        ("user_theme_known", {"theme": "pink"}),
        ("user_date_of_birth_possible", {"date_of_birth": date(1899, 12, 31)}),
    ],
)
def test_the_database_refuses_an_invalid_user(constraint, row):
    UserFactory(username="ana", email="ana@example.org")
    with pytest.raises(IntegrityError, match=constraint):
        UserFactory(**row)


def test_the_database_refuses_a_second_confirmed_address():
    confirm(UserFactory(email="ana@example.org"))
    other = UserFactory(email="Ana@Example.org")  # as any account may give it
    with pytest.raises(IntegrityError, match="user_confirmed_email_unique_ignoring_case"):
        confirm(other)


def test_usernames_that_look_alike_are_equal():
    User.objects.create_user("ana", "ana@example.org")
    with pytest.raises(IntegrityError, match="user_username_unique"):
        User.objects.create_user("ａｎａ", "other@example.org")


def test_a_new_user_is_a_customer_without_a_password():
    user = User.objects.create_user("ana", "ana@example.org")
    assert (user.role, user.is_staff, user.is_superuser, user.has_usable_password()) == (
        "customer",
        False,
        False,
        False,
    )


def test_signing_in_ignores_the_case_of_the_username():
    User.objects.create_user("Ana", "ana@example.org", "correct horse")
    assert authenticate(username="aNA", password="correct horse") is not None
    assert authenticate(username="ana", password="wrong") is None


@pytest.mark.parametrize("typed", ["ana", "ANA", "ａｎａ", "ana@example.org", "Ana@EXAMPLE.org"])
def test_username_or_email_signs_in(typed):
    confirm(User.objects.create_user("Ana", "ana@example.org", "correct horse"))
    assert authenticate(username=typed, password="correct horse").username == "Ana"
    assert authenticate(username=typed, password="wrong") is None
    assert authenticate(username=typed, password="") is None


def test_an_email_signs_in_once_it_is_confirmed():
    ana = User.objects.create_user("ana", "ana@example.org", "correct horse")
    assert authenticate(username="ana@example.org", password="correct horse") is None
    confirm(ana)
    assert authenticate(username="ana@example.org", password="correct horse") == ana


@pytest.mark.parametrize(
    ("find", "index"),
    [
        (lambda: queries.find_user(username="nobody"), "user_username_unique_ignoring_case"),
        (lambda: queries.find_user(email="nobody"), "user_confirmed_email_unique_ignoring_case"),
        (lambda: list(queries.users_with_address("nobody")), "user_email_ignoring_case"),
    ],
)
def test_finding_a_user_uses_the_index(find, index):
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as captured:
        assert not find()
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {captured[0]['sql']}")
        assert index in str(cursor.fetchall())


def test_passwords_are_hashed_with_owasps_parameters(real_hashes):
    user = User.objects.create_user("ana", "ana@example.org", "correct horse")
    assert user.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert not identify_hasher(user.password).must_update(user.password)


@pytest.mark.parametrize(
    ("user", "staff"),
    [
        (User(role="customer"), False),
        (User(role="manager"), True),
        (User(role="customer", is_superuser=True), True),
        (User(role="manager", is_active=False), False),
    ],
)
def test_access_to_the_admin_follows_from_the_role(user, staff):
    assert user.is_staff is staff


def test_managers_have_the_permissions_of_the_catalogue():
    manager, customer = ManagerFactory(), UserFactory()
    looks = {"view_movie", "view_genre", "view_rating", "view_reviewreport"}
    edits = {"add_movie", "change_movie", "delete_movie", "import_movie", "export_movie"}
    films = {f"movies.{name}" for name in looks | edits}
    rooms = {f"cinema.{act}_{kind}" for act in ("view", "add", "change", "delete") for kind in ("room", "moviesession")}
    tickets = {f"cinema.{name}" for name in ("view_ticket", "add_ticket", "change_ticket", "view_scan", "view_waiting")}
    assert manager.get_all_permissions() == films | rooms | tickets | {
        "catalog_sync.view_fetchjob",
        "catalog_sync.view_filmcase",
        "catalog_sync.view_filmstate",
        "catalog_sync.view_synclog",
        "accounts.view_mail",
        "accounts.view_user",
    }
    assert not manager.has_perm("movies.change_rating")
    assert manager.has_module_perms("movies")
    assert customer.get_all_permissions() == set()
    assert ManagerFactory(is_active=False).get_all_permissions() == set()


def test_superusers_have_every_permission():
    root = User.objects.create_superuser("root", "root@example.org", "correct horse")
    assert (root.role, root.is_staff, root.has_perm("accounts.delete_user")) == ("manager", True, True)
    assert str(root) == "root"
