"""Sign-ins of programs and their tokens."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from accounts.models import User, UserSession
from accounts.sign_in import tokens
from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def pair(ana):
    return tokens.open_sign_in(ana, user_agent="curl/8", ip="192.0.2.7")


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


def later(session, seconds):
    """Move the sign-in's times back by so much."""
    ago = timedelta(seconds=seconds)
    UserSession.objects.filter(pk=session.pk).update(rotated_at=F("rotated_at") - ago)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("session_generation_counts_from_one", {"generation": 0}),
        ("session_expires_after_it_begins", {"expires_at": F("created_at")}),
        ("session_refresh_hash_unique", {"refresh_hash": "taken"}),
    ],
)
def test_the_database_refuses_an_invalid_sign_in(pair, constraint, change):
    other = tokens.open_sign_in(UserFactory())
    UserSession.objects.filter(pk=other.session.pk).update(refresh_hash="taken")
    with pytest.raises(IntegrityError, match=constraint):
        UserSession.objects.filter(pk=pair.session.pk).update(**change)


@time_machine.travel(NOON, tick=False)
def test_a_sign_in_and_its_tokens(ana):
    pair = tokens.open_sign_in(ana, user_agent="x" * 400, ip="2001:db8::1")
    row = UserSession.objects.get()
    assert {field.name: getattr(row, field.name) for field in UserSession._meta.fields} == {
        "id": pair.session.pk,
        "user": ana,
        "created_at": NOON,
        "rotated_at": NOON,
        "expires_at": NOON + timedelta(days=7),
        "revoked_at": None,
        "generation": 1,
        "refresh_hash": tokens._hash(pair.refresh),
        "user_agent": "x" * 300,
        "ip": "2001:db8::1",
    }
    assert isinstance(row.pk, UUID)
    common = {
        "sub": str(ana.pk),
        "sid": str(row.pk),
        "gen": 1,
        "iat": int(NOON.timestamp()),
        "iss": "marquee",
        "aud": "marquee",
    }
    access, refresh = claims(pair.access), claims(pair.refresh)
    assert access.pop("jti") != refresh.pop("jti")
    assert access == common | {"token_type": "access", "exp": int(NOON.timestamp()) + 600}
    assert refresh == common | {"token_type": "refresh", "exp": int(NOON.timestamp()) + 7 * 86_400}
    assert jwt.get_unverified_header(pair.access) == {"alg": "HS256", "typ": "JWT"}
    assert User.objects.get().last_login == NOON


def test_no_token_is_stored(pair):
    kept = json.dumps(list(UserSession.objects.values()), default=str)
    for token in (pair.access, pair.refresh):
        assert not any(part in kept for part in token.split("."))


def test_rotating_starts_the_next_generation(pair):
    before = UserSession.objects.get()
    after = tokens.rotate(pair.refresh)
    row = UserSession.objects.get()
    assert (row.generation, row.refresh_hash) == (2, tokens._hash(after.refresh))
    assert row.rotated_at > before.rotated_at
    assert row.expires_at > before.expires_at
    assert after.refresh != pair.refresh
    assert tokens.find_sign_in(after.access) == row


def test_a_retried_refresh_gets_the_same_pair(pair):
    first = tokens.rotate(pair.refresh)
    later(pair.session, 9)
    again, third = tokens.rotate(pair.refresh), tokens.rotate(pair.refresh)
    assert (again.access, again.refresh) == (third.access, third.refresh)
    assert UserSession.objects.get().generation == 2
    later(pair.session, -9)
    same = tokens.rotate(pair.refresh)
    assert (same.access, same.refresh) == (first.access, first.refresh)


@pytest.mark.parametrize("seconds", [11, 3600])
def test_a_token_replayed_after_the_grace_period_ends_the_sign_in(pair, events, seconds):
    after = tokens.rotate(pair.refresh)
    later(pair.session, seconds)
    with pytest.raises(tokens.TokenInvalid):
        tokens.rotate(pair.refresh)
    assert UserSession.objects.get().revoked_at is not None
    for token, use in ((after.refresh, tokens.rotate), (after.access, tokens.find_sign_in)):
        with pytest.raises(tokens.TokenInvalid):
            use(token)
    assert [event["session"] for event in events("refresh_token_replayed")] == [str(pair.session.pk)]


def test_a_token_older_than_the_previous_one_has_no_grace_period(pair):
    second = tokens.rotate(pair.refresh)
    tokens.rotate(second.refresh)
    with pytest.raises(tokens.TokenInvalid):
        tokens.rotate(pair.refresh)
    assert UserSession.objects.get().revoked_at is not None


def test_a_sign_in_lasts_while_it_is_used_and_then_expires(ana):
    with time_machine.travel(NOON) as clock:
        pair = tokens.open_sign_in(ana)
        clock.shift(timedelta(days=6))
        pair = tokens.rotate(pair.refresh)
        clock.shift(timedelta(days=6))
        pair = tokens.rotate(pair.refresh)
        clock.shift(timedelta(minutes=9))
        assert tokens.find_sign_in(pair.access) == pair.session
        clock.shift(timedelta(minutes=2))
        with pytest.raises(tokens.TokenInvalid):
            tokens.find_sign_in(pair.access)
        clock.shift(timedelta(days=7))
        with pytest.raises(tokens.TokenInvalid):
            tokens.rotate(pair.refresh)
    assert UserSession.objects.get().revoked_at is None


ENDS = {
    "revoked": lambda pair: tokens.revoke(pair.session),
    "revoked with all": lambda pair: tokens.revoke_all(pair.session.user),
    "signed out everywhere": lambda pair: tokens.sign_out_everywhere(pair.session.user),
    "expired": lambda pair: UserSession.objects.update(
        created_at=NOON - timedelta(days=9), expires_at=NOON - timedelta(days=2)
    ),
    "account closed": lambda pair: User.objects.update(is_active=False),
    "account deleted": lambda pair: User.objects.all().delete(),
    "flushed": lambda pair: UserSession.objects.all().delete(),
    "another's": lambda pair: UserSession.objects.update(user=UserFactory()),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_both_tokens_stop_working_at_once(pair, end):
    end(pair)
    with pytest.raises(tokens.TokenInvalid):
        tokens.find_sign_in(pair.access)
    with pytest.raises(tokens.TokenInvalid):
        tokens.rotate(pair.refresh)


def test_revoking_returns_whether_it_ended_the_sign_in(pair):
    assert [tokens.revoke(pair.session), tokens.revoke(pair.session)] == [True, False]


def test_revoking_all_but_one(ana, pair):
    keep, other = tokens.open_sign_in(ana), tokens.open_sign_in(UserFactory())
    tokens.open_sign_in(ana)
    assert tokens.revoke_all(ana, keep=keep.session) == 2
    alive = UserSession.objects.filter(revoked_at=None)
    assert set(alive) == {keep.session, other.session}
    assert tokens.revoke_all(ana, keep=keep.session) == 0


def test_a_sign_in_fails_when_the_password_was_just_changed(ana):
    stale = User.objects.get(pk=ana.pk)
    ana.set_password("another one entirely")
    ana.save()
    with pytest.raises(tokens.SignInOvertaken):
        tokens.open_sign_in(stale)
    User.objects.update(is_active=False)
    with pytest.raises(tokens.SignInOvertaken):
        tokens.open_sign_in(ana)
    assert not UserSession.objects.exists()


def test_only_ended_sign_ins_are_deleted(ana, pair):
    over, ended = tokens.open_sign_in(ana).session, tokens.open_sign_in(ana).session
    past = timezone.now() - timedelta(days=8)
    UserSession.objects.filter(pk=over.pk).update(created_at=past, expires_at=past + timedelta(days=7))
    tokens.revoke(ended)
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=days))
    assert tokens.delete_expired() == 2
    assert list(UserSession.objects.all()) == [pair.session]
    assert list(Session.objects.values_list("pk", flat=True)) == ["new"]


# --- Invalid tokens -----------------------------------------------------------------------------


def forged(token, key=None, algorithm="HS256", **changes):
    payload = {name: value for name, value in (claims(token) | changes).items() if value is not None}
    return jwt.encode(payload, key, algorithm)


FORGERIES = {
    "no algorithm": lambda token, key: forged(token, None, "none"),
    "another key": lambda token, key: forged(token, "k" * 50),
    "another algorithm": lambda token, key: forged(token, key, "HS512"),
    "another audience": lambda token, key: forged(token, key, aud="elsewhere"),
    "no audience": lambda token, key: forged(token, key, aud=None),
    "another issuer": lambda token, key: forged(token, key, iss="elsewhere"),
    "no issuer": lambda token, key: forged(token, key, iss=None),
    "expired": lambda token, key: forged(token, key, exp=1),
    "no expiry": lambda token, key: forged(token, key, exp=None),
    "no id": lambda token, key: forged(token, key, jti=None),
    "no kind": lambda token, key: forged(token, key, token_type=None),
    "no session": lambda token, key: forged(token, key, sid=None),
    "an odd session": lambda token, key: forged(token, key, sid="x"),
    "a session that is a number": lambda token, key: forged(token, key, sid=5),
    "no generation": lambda token, key: forged(token, key, gen=None),
    "a generation to come": lambda token, key: forged(token, key, gen=5, sid="0" * 32),
    "a user that is no number": lambda token, key: forged(token, key, sub="ana"),
    "changed payload": lambda token, key: ".".join([*token.split(".")[:1], "e30", *token.split(".")[2:]]),
    "no signature": lambda token, key: token.rpartition(".")[0] + ".",
    "garbage": lambda token, key: "garbage",
    "empty": lambda token, key: "",
    "dots": lambda token, key: "..",
    "ten kilobytes": lambda token, key: "a" * 10_000,
    "not ASCII": lambda token, key: "é.ü.ß",
    "NUL": lambda token, key: "\0",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_invalid_tokens_are_refused(pair, settings, forge):
    for token, use in ((pair.access, tokens.find_sign_in), (pair.refresh, tokens.rotate)):
        with pytest.raises(tokens.TokenInvalid):
            use(forge(token, settings.SECRET_KEY))
    assert tokens.find_sign_in(pair.access) == pair.session
    assert tokens.rotate(pair.refresh).session == pair.session


def test_access_and_refresh_tokens_are_not_interchangeable(pair):
    with pytest.raises(tokens.TokenInvalid):
        tokens.find_sign_in(pair.refresh)
    with pytest.raises(tokens.TokenInvalid):
        tokens.rotate(pair.access)


def test_a_refresh_token_of_a_later_generation_is_refused(pair, settings):
    with pytest.raises(tokens.TokenInvalid):
        tokens.rotate(forged(pair.refresh, settings.SECRET_KEY, gen=2))
    assert UserSession.objects.get().revoked_at is None
