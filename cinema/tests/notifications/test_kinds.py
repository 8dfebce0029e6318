"""Every registered kind of notification is sent by its own function and its mail is rendered completely."""

import importlib
import pkgutil
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail
from django.template import TemplateDoesNotExist
from django.test.utils import override_settings

from accounts.models import Notification
from accounts.notifications import kinds, mail_messages, mail_queue
from accounts.notifications.kinds import NotificationKind
from accounts.tests.factories import ConfirmedUserFactory
from cinema import notifications
from cinema.tests.factories import RoomFactory, SessionFactory
from cinema.tests.notifications.examples import EXAMPLES
from movies.library import moderation
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 20, 19, 40, tzinfo=UTC)
MISSING = "MISSING-VALUE"
LEFT_OVER = re.compile(rf"{MISSING}|{{{{|}}}}|{{%|%}}|{{#|\bNone\b|<[\w.]+ object at|Traceback")
REGISTERED = kinds.all_kinds()


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def message(settings):
    """Return a function that sends an example of a kind and returns its mail, with unknown variables marked."""
    (engine,) = settings.TEMPLATES
    marked = engine | {"OPTIONS": engine["OPTIONS"] | {"string_if_invalid": MISSING}}

    def send(kind):
        user = ConfirmedUserFactory(name="Ana", date_of_birth=datetime(1990, 1, 1, tzinfo=UTC).date())
        session = SessionFactory(
            movie=MovieFactory(title="Dune", age_restriction=12),
            room=RoomFactory(number=2, name="Great Hall", plan__rows=3),
            starts_at=EVENING,
        )
        EXAMPLES[kind.value](user, session)
        notification = Notification.objects.get(user=user, kind=kind.value)
        Notification.objects.filter(user=user).exclude(pk=notification.pk).delete()
        notification.user = user
        with override_settings(TEMPLATES=[marked]):
            return mail_messages.build_message(notification)

    return send


@pytest.mark.parametrize("kind", REGISTERED, ids=lambda kind: kind.value)
def test_every_kind_has_a_complete_mail(message, kind):
    sent = message(kind)
    ((html, media_type),) = [(part.content, part.mimetype) for part in sent.alternatives]
    assert media_type == "text/html"
    assert kind.action in sent.body
    assert kind.action in html
    assert "Dune" in sent.subject
    for text in (sent.subject, sent.body, html):
        assert text.strip()
        assert not LEFT_OVER.search(text), LEFT_OVER.search(text)
    for name, content, media_type in sent.attachments:
        assert re.fullmatch(r"[\w-]+\.(ics|pdf)", name)
        assert media_type.startswith(("text/calendar", "application/pdf"))
        assert content
        assert isinstance(content, bytes) or not LEFT_OVER.search(content)


@pytest.mark.parametrize("kind", REGISTERED, ids=lambda kind: kind.value)
def test_the_worker_sends_the_mail_of_every_kind(kind):
    user = ConfirmedUserFactory(date_of_birth=datetime(1990, 1, 1, tzinfo=UTC).date())
    EXAMPLES[kind.value](user, SessionFactory(starts_at=EVENING, room=RoomFactory(plan__rows=3)))
    notification = Notification.objects.get(user=user, kind=kind.value)
    Notification.objects.exclude(pk=notification.pk).delete()
    assert mail_queue.send_due() == 1
    assert [sent.to for sent in mail.outbox] == [[user.email]]


def test_every_kind_has_an_example():
    assert set(EXAMPLES) == {kind.value for kind in REGISTERED}


def test_every_declared_kind_is_registered():
    names = [module.name for module in pkgutil.iter_modules(notifications.__path__)]
    modules = [importlib.import_module(f"cinema.notifications.{name}") for name in names] + [moderation]
    declared = [value for module in modules for value in vars(module).values() if isinstance(value, NotificationKind)]
    assert len(declared) == len(REGISTERED)
    assert all(kinds.get(kind.value) is kind for kind in declared)


def test_stored_values_stay_and_new_kinds_come_last():
    assert [kind.value for kind in REGISTERED][:8] == [
        "review_hidden",
        "session_added",
        "session_moved",
        "session_cancelled",
        "ticket_cancelled",
        "tickets_bought",
        "how_was_it",
        "seat_offered",
    ]
    assert kinds.optional_values()[:2] == ["session_added", "how_was_it"]
    assert all(len(kind.value) <= 32 for kind in REGISTERED)


# --- Controls: what the tests above would notice ---


def replaced(monkeypatch, **changes):
    kind = replace(REGISTERED[0], **changes)
    monkeypatch.setitem(kinds._registry, kind.value, kind)
    return kind


def test_a_kind_without_templates_is_noticed(message, monkeypatch):
    kind = replaced(monkeypatch, template="cinema/notifications/no_such_template")
    with pytest.raises(TemplateDoesNotExist):
        message(kind)


def test_a_mail_without_its_context_is_noticed(message, monkeypatch):
    kind = replaced(monkeypatch, template="cinema/notifications/tickets_bought")
    assert MISSING in message(kind).body


def test_a_kind_without_an_example_is_noticed(message, monkeypatch):
    kind = replaced(monkeypatch, value="unheard_of")
    with pytest.raises(KeyError):
        message(kind)


def test_a_kind_without_a_mail_builder_cannot_be_declared():
    with pytest.raises(TypeError, match="build_mail"):
        NotificationKind(value="unheard_of", label="?", action="?")


def test_a_kind_is_registered_once():
    with pytest.raises(ValueError, match="twice"):
        kinds.register(REGISTERED[0])
