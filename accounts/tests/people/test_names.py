"""Names that could be taken for another person's, at each way in; names of one alphabet are welcome."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import User
from accounts.models.names import HIDDEN, MIXED, validate_scripts
from accounts.people import profile, registration
from accounts.people.registration import RESERVED
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import ManagerFactory

pytestmark = pytest.mark.django_db

CYRILLIC_A = "\u0430"
MANAGER = f"m{CYRILLIC_A}nager"


def register(username: str, **fields: Any) -> User:
    return registration.register(username=username, email="eve@example.org", password=PASSWORD, **fields)


def error_of(field: str, username: str, **fields: str) -> list[str]:
    with pytest.raises(ValidationError) as error:
        register(username, **fields)
    return error.value.message_dict[field]


@pytest.mark.parametrize("username", [MANAGER, f"n{CYRILLIC_A}t\u0430lie", "δanna", "ivanоv", "p\u0430ypal"])
def test_mixed_scripts(username):
    assert error_of("username", username) == [MIXED]


@pytest.mark.parametrize(
    "username",
    ["анна", "Дмитрий1990", "δέλτα", "山田タロウ", "ryo山田", "김민수", "محمد", "אבי", "zoë", "anna_2", "1984"],
)
def test_names_of_one_alphabet(username):
    assert register(username).username


@pytest.mark.parametrize(
    "name",
    ["Anna Иванова", "Ryo 山田", "علی\u200cرضا", "O’Brien-Müller", "Zoë 🎬", "👩\u200d🚀 Ana", "Nguyễn Thị Minh"],
)
def test_display_names_may_have_several_words(name):
    assert register("eve", name=name).name == name


@pytest.mark.parametrize(("name", "message"), [("An\u202ea", HIDDEN), ("A\u200bna", HIDDEN), (MANAGER, MIXED)])
def test_display_names_that_deceive(name, message):
    assert message in error_of("name", "eve", name=name)
    with pytest.raises(ValidationError, match=message):
        profile.update_profile(register("eve"), name=name)


@pytest.mark.parametrize(
    "username", ["manager", "Admin", "0wner", "ma.na.ger", "ADM1N", "support", "MARQUEE-cinema", "аԁmіn"]
)
def test_names_of_the_staff(username):
    assert error_of("username", username)[0] in {RESERVED, MIXED}


def test_a_name_like_a_managers():
    ManagerFactory(username="coco")
    assert error_of("username", "сосо") == [RESERVED]
    assert error_of("username", "co_co") == [RESERVED]
    assert register("cocoa").username == "cocoa"


def test_managers_may_have_such_a_name():
    assert registration.register_manager(username="manager", email="m@example.org", password=PASSWORD).is_manager


class TestEachWayIn:
    def test_the_api(self, client):
        body = {"username": MANAGER, "email": "eve@example.org", "password": PASSWORD}
        answer = client.post("/api/v1/auth/register", body, "application/json")
        assert (answer.status_code, answer.json()["errors"]) == (400, [{"field": "username", "message": MIXED}])

    @pytest.mark.parametrize(("username", "message"), [(MANAGER, MIXED), ("owner", RESERVED)])
    def test_the_page(self, client, username, message):
        form = {"username": username, "email": "eve@example.org", "password1": PASSWORD}
        answer = client.post(reverse("account_signup"), form)
        assert message in answer.context["form"].errors["username"]

    def test_the_profile(self, client, ana):
        client.force_login(ana)
        answer = client.patch("/api/v1/auth/me", {"name": "An\u202ea"}, "application/json")
        assert answer.json()["errors"] == [{"field": "name", "message": HIDDEN}]

    def test_the_admin(self, client, ana):
        client.force_login(User.objects.create_superuser("root", "root@example.org"))
        page = reverse("admin:accounts_user_change", args=[ana.pk])
        answer = client.post(page, {"username": MANAGER, "email": ana.email, "role": "customer", "is_active": "on"})
        assert MIXED in answer.content.decode()


def test_the_check_refuses_nothing_without_letters():
    validate_scripts("")
    validate_scripts("1984 +-_.")
