"""`manage.py createmanager`: what it makes and what it says."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.management.commands import createmanager
from accounts.models import User
from accounts.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

WEAK = (
    "This password is too short. It must contain at least 8 characters. This password is too common. "
    "This password is entirely numeric."
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def type_in(monkeypatch):
    def answers(*texts, terminal=True):
        said = iter(texts)
        monkeypatch.setattr(createmanager, "getpass", lambda prompt: next(said))
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


def test_a_new_manager(type_in):
    type_in(PASSWORD, PASSWORD)
    assert run("maria", "maria@example.org") == "maria is a manager. Sign in on the site, or in the admin."
    user = User.objects.get()
    assert (user.role, user.is_superuser, user.check_password(PASSWORD)) == ("manager", False, True)


def test_the_password_from_standard_input(type_in):
    type_in(f"{PASSWORD}\n", terminal=False)
    run("maria", "maria@example.org", password_stdin=True)
    assert User.objects.get().check_password(PASSWORD)


def test_nobody_to_ask(type_in):
    type_in(terminal=False)
    sentence = "Nobody can be asked for a password here: send it with --password-stdin."
    assert refused("maria", "maria@example.org") == sentence


def test_a_slip_of_the_finger(type_in):
    type_in(PASSWORD, "something else")
    assert refused("maria", "maria@example.org") == "The two passwords differ. Nothing was made."
    assert not User.objects.exists()


def test_what_is_not_valid(type_in):
    type_in("12", "12")
    assert refused("ma ria", "nowhere").splitlines() == [
        "username: Use only letters, digits and the characters . + - _ in a username.",
        "email: Enter a valid email address.",
        f"password: {WEAK}",
    ]


def test_an_address_that_is_taken(type_in, ana):
    type_in(PASSWORD, PASSWORD)
    assert refused("maria", "ANA@example.org") == "There is already an account with this email address."


def test_a_customer_becomes_a_manager_only_when_asked(ana):
    assert refused("ANA", "ana@example.org") == "There is a customer ana already; --promote makes a manager."
    assert User.objects.get().role == "customer"
    assert run("ANA", promote=True) == "ana is a manager now."
    assert User.objects.get().role == "manager"
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (["bob"], {}, "A new manager needs an email address: createmanager USERNAME EMAIL."),
        (["bob"], {"promote": True}, "There is nobody called bob; without --promote, a new manager is made."),
        (
            ["ana", "other@example.org"],
            {"promote": True},
            "The address of ana is another one. Leave it out, or check the name.",
        ),
    ],
)
def test_what_cannot_be_done(ana, arguments, options, sentence):
    assert refused(*arguments, **options) == sentence
    assert User.objects.get().role == "customer"
