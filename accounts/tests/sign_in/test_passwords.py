"""Checking and changing passwords."""

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core.exceptions import ValidationError

from accounts.models import User, UserSession
from accounts.sign_in import passwords, tokens
from accounts.sign_in.hashers import OwaspArgon2PasswordHasher
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import UserFactory, confirm

pytestmark = pytest.mark.django_db

NEW = "another one entirely"


@pytest.fixture
def hashings(monkeypatch):
    """The number of Argon2 runs."""
    runs = []
    encode, verify = OwaspArgon2PasswordHasher.encode, OwaspArgon2PasswordHasher.verify
    monkeypatch.setattr(OwaspArgon2PasswordHasher, "encode", lambda *args: (runs.append("encode"), encode(*args))[1])
    monkeypatch.setattr(OwaspArgon2PasswordHasher, "verify", lambda *args: (runs.append("verify"), verify(*args))[1])
    return runs


def test_authenticating_by_username_or_email(ana):
    confirm(ana)
    for known in ({"username": "ANA"}, {"email": "ANA@example.org"}):
        assert passwords.authenticate(PASSWORD, **known) == ana
        assert passwords.authenticate(PASSWORD + "x", **known) is None
    assert passwords.authenticate(PASSWORD, username="ana@example.org") is None


@pytest.mark.parametrize("who", ["unknown", "wrong", "closed", "closed and wrong", "without a password"])
def test_every_refusal_costs_one_hash(ana, hashings, who):
    if who.startswith("closed"):
        User.objects.update(is_active=False)
    if who == "without a password":
        User.objects.update(password=make_password(None))
    name = "nobody" if who == "unknown" else "ana"
    hashings.clear()
    assert passwords.authenticate("wrong" if "wrong" in who else PASSWORD, username=name) is None
    assert len(hashings) == 1


class YesterdaysArgon2(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 1, 8_192, 1


@pytest.mark.parametrize("old", ["pbkdf2", "argon2"])
def test_an_older_hash_is_upgraded_at_sign_in(ana, real_hashes, old):
    hasher = hashers.PBKDF2PasswordHasher() if old == "pbkdf2" else YesterdaysArgon2()
    before = hasher.encode(PASSWORD, "0123456789abcdef0123456789abcdef")
    User.objects.update(password=before)
    assert passwords.authenticate("wrong", username="ana") is None
    assert User.objects.get().password == before
    user = passwords.authenticate(PASSWORD, username="ana")
    assert user.password == User.objects.get().password
    assert user.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert tokens.open_sign_in(user)
    assert passwords.authenticate(PASSWORD, username="ana") == ana


@pytest.mark.parametrize("meanwhile", [PASSWORD, NEW])
def test_an_upgrade_never_undoes_a_change(ana, monkeypatch, meanwhile):
    """Another request writes between the check of the older hash and the upgrade."""
    User.objects.update(password=YesterdaysArgon2().encode(PASSWORD, "0123456789abcdef0123456789abcdef"))

    def slowly(password):
        User.objects.update(password=make_password(meanwhile))
        return make_password(password)

    monkeypatch.setattr(passwords, "make_password", slowly)
    assert passwords.authenticate(PASSWORD, username="ana") == (ana if meanwhile == PASSWORD else None)
    assert User.objects.get().check_password(meanwhile)


@pytest.mark.django_db(transaction=True)
def test_many_first_sign_ins_after_new_parameters_all_succeed(ana, at_once):
    User.objects.update(password=YesterdaysArgon2().encode(PASSWORD, "0123456789abcdef0123456789abcdef"))
    answers = at_once(lambda: tokens.open_sign_in(passwords.authenticate(PASSWORD, username="ana")), 8)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []


def test_a_change_ends_every_other_sign_in(ana):
    keep, other, somebodys = (tokens.open_sign_in(user).session for user in (ana, ana, UserFactory()))
    before = ana.get_session_auth_hash()
    passwords.change_password(ana, old=PASSWORD, new=NEW, at_hand=keep)
    assert User.objects.get(pk=ana.pk).check_password(NEW)
    assert ana.get_session_auth_hash() != before
    assert set(UserSession.objects.filter(revoked_at=None)) == {keep, somebodys}
    assert UserSession.objects.get(pk=other.pk).revoked_at is not None


def test_resetting_the_password_ends_every_sign_in(ana):
    tokens.open_sign_in(ana)
    passwords.reset_password(ana, NEW)
    assert User.objects.get().check_password(NEW)
    assert not UserSession.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("wrong", NEW, passwords.WrongPassword),
        ("", NEW, passwords.WrongPassword),
        (PASSWORD, "short", ValidationError),
        (PASSWORD, "ana@example.org", ValidationError),
    ],
)
def test_a_refused_change_changes_nothing(ana, old, new, refusal):
    session = tokens.open_sign_in(ana).session
    with pytest.raises(refusal):
        passwords.change_password(ana, old=old, new=new)
    assert User.objects.get().check_password(PASSWORD)
    assert UserSession.objects.filter(revoked_at=None).get() == session
