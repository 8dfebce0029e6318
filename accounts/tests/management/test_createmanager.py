"""`manage.py createmanager`."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands import createmanager
from accounts.models import User
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import confirm

pytestmark = pytest.mark.django_db

WEAK = (
    "This password is too short. It must contain at least 8 characters. This password is entirely numeric. "
    "This password is easy to guess. Use several words, or a longer phrase."
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def type_in(monkeypatch):
    def answers(*texts, terminal=True):
        answers = iter(texts)
        monkeypatch.setattr(createmanager, "getpass", lambda prompt: next(answers))
        monkeypatch.setattr("sys.stdin", Terminal() if terminal else io.StringIO("".join(texts)))

    return answers


def run(*arguments, **options):
    out = io.StringIO()
    call_command("createmanager", *arguments, stdout=out, no_color=True, **options)
    return out.getvalue().strip()


def refused(*arguments, **options):
    with pytest.raises(CommandError) as error:
        run(*arguments, **options)
    return str(error.value)


def test_a_manager_is_created(type_in):
    type_in(PASSWORD, PASSWORD)
    assert run("maria", "maria@example.org") == "maria is a manager and can sign in."
    user = User.objects.get()
    assert (user.role, user.is_superuser, user.check_password(PASSWORD)) == ("manager", False, True)


def test_the_password_is_read_from_standard_input(type_in):
    type_in(f"{PASSWORD}\n", terminal=False)
    run("maria", "maria@example.org", password_stdin=True)
    assert User.objects.get().check_password(PASSWORD)


def test_without_a_terminal_the_command_stops(type_in):
    type_in(terminal=False)
    sentence = "There is no terminal to ask for the password: send it with --password-stdin."
    assert refused("maria", "maria@example.org") == sentence


def test_two_different_passwords_are_refused(type_in):
    type_in(PASSWORD, "something else")
    assert refused("maria", "maria@example.org") == "The two passwords differ. No account was created."
    assert not User.objects.exists()


def test_invalid_values_are_refused(type_in):
    type_in("12", "12")
    assert refused("ma ria", "nowhere").splitlines() == [
        "username: Use only letters, digits and the characters . + - _ in a username.",
        "email: Enter a valid email address.",
        f"password: {WEAK}",
    ]


def test_a_taken_address_is_refused(type_in, ana):
    confirm(ana)
    type_in(PASSWORD, PASSWORD)
    assert refused("maria", "ANA@example.org") == "There is already an account with this email address."


def test_a_customer_is_promoted_only_with_the_option(ana):
    assert refused("ANA", "ana@example.org") == "There is already a customer ana; add --promote."
    assert User.objects.get().role == "customer"
    assert run("ANA", promote=True) == "ana is now a manager."
    assert User.objects.get().role == "manager"
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (["bob"], {}, "A new manager needs an email address: createmanager USERNAME EMAIL."),
        (["bob"], {"promote": True}, "There is no user bob; leave out --promote to create a manager."),
        (
            ["ana", "other@example.org"],
            {"promote": True},
            "ana has another address. Leave it out, or check the username.",
        ),
    ],
)
def test_invalid_arguments_are_refused(ana, arguments, options, sentence):
    assert refused(*arguments, **options) == sentence
    assert User.objects.get().role == "customer"
