"""Entries read back with icalendar, and with a second library that reads them its own way."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
import vobject

from cinema.documents import calendar
from cinema.models import Ticket
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


DESCRIPTION = (
    "DESCRIPTION:Seat B7\\, Room 2\\, Great Hall\\nTicket ABCD-EFGH-JKMN-PQRS\\nFrom 16 years\\n"
    "QR code for the entrance: https://roxy.example/tickets/ABCDEFGHJKMNPQRS/"
)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def entry(body):
    """(the calendar, its only event)"""
    read = icalendar.Calendar.from_ical(body)
    (event,) = read.events
    return read, event


def unheard_of(body, zone):
    """With another name for its zone, so that whoever reads it knows of it what the file tells, and nothing else."""
    return body.decode().replace(zone, f"Roxy/{uuid4()}")


def cancelled(ticket):
    Ticket.objects.filter(pk=ticket.pk).update(cancelled_at=NOW)
    ticket.refresh_from_db()
    return ticket


def test_a_ticket_word_for_word(ticket):
    lines = calendar.of_ticket(ticket).decode().replace("\r\n ", "").splitlines()
    end = lines.index("END:VTIMEZONE")
    assert lines[:13] + lines[end + 1 :] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Roxy//Marquee 0.1.0//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
        "BEGIN:STANDARD",
        "DTSTART:20250101T010000",
        "TZNAME:CET",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0100",
        "END:STANDARD",
        "BEGIN:VEVENT",
        "SUMMARY:The Mirror",
        "DTSTART;TZID=Europe/Berlin:20261121T201500",
        "DTEND;TZID=Europe/Berlin:20261121T221500",
        "DTSTAMP:20261120T120000Z",
        f"UID:ticket-{ticket.pk}@roxy.example",
        "SEQUENCE:0",
        DESCRIPTION,
        "LOCATION:Roxy\\, Room 2\\, Great Hall\\, seat B7",
        "ORGANIZER;CN=Roxy:mailto:noreply@127.0.0.1",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://roxy.example/tickets/ABCDEFGHJKMNPQRS/",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:The Mirror\\, 20:15\\, seat B7",
        "TRIGGER:-PT1H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


@pytest.mark.parametrize(
    ("zone", "starts_at", "on_the_clock"),
    [
        ("Europe/Berlin", datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "01:30 CET"),
        ("Europe/Berlin", datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "03:30 CEST"),
        ("Europe/Berlin", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "02:30 CEST"),
        ("Europe/Berlin", datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "02:30 CET"),  # an hour later, by the same clock
        ("Europe/Berlin", datetime(2027, 10, 31, 2, 30, tzinfo=UTC), "03:30 CET"),
        ("America/New_York", datetime(2027, 3, 14, 6, 30, tzinfo=UTC), "01:30 EST"),
        ("America/New_York", datetime(2027, 3, 14, 7, 30, tzinfo=UTC), "03:30 EDT"),
        ("America/New_York", datetime(2027, 11, 7, 4, 30, tzinfo=UTC), "00:30 EDT"),  # ends at the second 01:30
        ("America/New_York", datetime(2027, 11, 7, 7, 30, tzinfo=UTC), "02:30 EST"),
        ("UTC", datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "01:30 UTC"),
    ],
)
def test_two_libraries_agree_where_the_clocks_change(ticket, settings, zone, starts_at, on_the_clock):
    settings.CINEMA_TIME_ZONE = settings.TIME_ZONE = zone
    ticket.session.starts_at, ticket.session.ends_at = starts_at, starts_at + timedelta(hours=2)
    body = calendar.of_ticket(ticket)
    _, event = entry(body)
    assert f"{event.start.astimezone(ZoneInfo(zone)):%H:%M %Z}" == on_the_clock
    times = (starts_at, starts_at + timedelta(hours=2))
    assert (event.start.astimezone(UTC), event.end.astimezone(UTC)) == times
    other = vobject.readOne(unheard_of(body, zone)).vevent
    assert (other.dtstart.value.astimezone(UTC), other.dtend.value.astimezone(UTC)) == times


def test_utc_needs_no_telling(ticket, settings):
    settings.CINEMA_TIME_ZONE = settings.TIME_ZONE = "UTC"
    text = calendar.of_ticket(ticket).decode()
    assert "VTIMEZONE" not in text
    assert "DTSTART:20261121T191500Z" in text


def test_a_moved_session_is_the_same_entry_with_a_higher_sequence(ticket):
    _, before = entry(calendar.of_ticket(ticket))
    ticket.session.revision += 1
    ticket.session.starts_at += timedelta(hours=1)
    _, after = entry(calendar.of_ticket(ticket))
    assert (before["UID"], before["SEQUENCE"], after["UID"], after["SEQUENCE"]) == (before["UID"], 0, before["UID"], 1)
    assert after.start - before.start == timedelta(hours=1)


def test_a_cancelled_ticket_takes_its_entry_out(ticket):
    read, before = entry(calendar.of_ticket(ticket))
    assert (read["METHOD"], before["STATUS"], calendar.method(ticket)) == ("PUBLISH", "CONFIRMED", "PUBLISH")
    read, after = entry(calendar.of_ticket(cancelled(ticket)))
    assert (read["METHOD"], after["STATUS"], calendar.method(ticket)) == ("CANCEL", "CANCELLED", "CANCEL")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DESCRIPTION"] == "This ticket was cancelled.\nIt was for seat B7."
    assert (after.alarms.times, after["TRANSP"]) == ([], "TRANSPARENT")
    other = vobject.readOne(calendar.of_ticket(ticket).decode())
    assert (other.method.value, other.vevent.status.value, other.vevent.sequence.value) == ("CANCEL", "CANCELLED", "1")


def test_so_does_a_cancelled_session(ticket):
    ticket.session.cancelled_at, ticket.session.revision = NOW, 1
    read, event = entry(calendar.of_ticket(ticket))
    assert (read["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert event["DESCRIPTION"].startswith("This session was cancelled.")
    assert calendar.content_type(ticket) == "text/calendar; charset=utf-8; method=CANCEL"


def test_the_sequence_never_falls(ticket):
    """Cancelled, and the session moved afterwards: in whatever order a calendar hears, the last is the highest."""
    seen = []
    for change in ({"revision": 1}, {"cancelled": True}, {"revision": 2}, {"revision": 3}):
        if change.get("cancelled"):
            cancelled(ticket)
        else:
            ticket.session.revision = change["revision"]
            ticket.session.save()
        seen.append(int(entry(calendar.of_ticket(ticket))[1]["SEQUENCE"]))
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    "title",
    [
        "Me; You, and \\Everyone\\ We Know",
        "Two\nLines\r\nand BEGIN:VEVENT",
        "羅生門 " * 40,
        "جدایی نادر از سیمین",
        "“Quoted”: 1/2 \"straight\" 'single'",
    ],
)
def test_titles_come_back_as_they_were(ticket, title):
    ticket.session.movie.title = title
    body = calendar.of_ticket(ticket)
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    _, event = entry(body)
    same = title.replace("\r\n", "\n")
    assert event["SUMMARY"] == same
    assert vobject.readOne(body.decode()).vevent.summary.value == same


def test_the_senders_name_is_not_part_of_the_address(ticket, settings):
    settings.DEFAULT_FROM_EMAIL = "Roxy, the cinema <box-office@roxy.example>"
    assert entry(calendar.of_ticket(ticket))[1]["ORGANIZER"] == "mailto:box-office@roxy.example"


# --- The feed ---


def events(user):
    return {int(event["UID"].split("@")[0].removeprefix("ticket-")): event for event in feed(user).events}


def feed(user):
    return icalendar.Calendar.from_ical(calendar.feed(user))


def test_a_feed_says_what_it_is_and_how_often_to_ask(ticket):
    read = feed(ticket.user)
    assert "METHOD" not in read  # it is a calendar, not a message about one
    assert (read["NAME"], read["X-WR-CALNAME"]) == ("Roxy: my tickets", "Roxy: my tickets")
    assert read["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert (read["REFRESH-INTERVAL"].dt, read["X-PUBLISHED-TTL"]) == (timedelta(hours=1), "PT1H")
    assert [zone.tz_name for zone in read.timezones] == [read["X-WR-TIMEZONE"]] == ["Europe/Berlin"]


def test_it_has_what_comes_and_what_was_lately(ticket):
    user = ticket.user
    lately = TicketFactory(user=user, session=SessionFactory(starts_at=NOW - timedelta(days=91)))
    TicketFactory(user=user, session=SessionFactory(starts_at=NOW - timedelta(days=93)))
    HeldTicketFactory(user=user)
    TicketFactory()
    far = TicketFactory(user=user, session=SessionFactory(starts_at=NOW + timedelta(days=400)))
    assert list(events(user)) == [lately.pk, ticket.pk, far.pk]
    # The zone is told for all of that time.
    starts = {pk: event.start.astimezone(UTC) for pk, event in events(user).items()}
    assert starts[far.pk] == far.session.starts_at
    theirs = vobject.readOne(unheard_of(calendar.feed(user), "Europe/Berlin"))
    others = [one.dtstart.value.astimezone(UTC) for one in theirs.vevent_list]
    assert others == list(starts.values())


def test_what_is_cancelled_says_so(ticket):
    kept = TicketFactory(user=ticket.user, session=ticket.session)
    cancelled(ticket)
    shown = {pk: (str(event["STATUS"]), int(event["SEQUENCE"])) for pk, event in events(ticket.user).items()}
    assert shown == {ticket.pk: ("CANCELLED", 1), kept.pk: ("CONFIRMED", 0)}


def test_the_same_rows_are_the_same_bytes(ticket):
    first = calendar.feed(ticket.user)
    with time_machine.travel(NOW + timedelta(days=1)):
        assert calendar.feed(ticket.user) == first
    ticket.session.movie.title = "Stalker"
    ticket.session.movie.save()
    assert calendar.feed(ticket.user) != first


def test_its_stamps_are_the_last_changes(ticket):
    stamp = next(iter(events(ticket.user).values()))["DTSTAMP"].dt
    assert stamp == ticket.purchased_at.replace(microsecond=0)
    ticket.session.cancelled_at = NOW + timedelta(hours=1)
    ticket.session.save()
    assert next(iter(events(ticket.user).values()))["DTSTAMP"].dt == NOW + timedelta(hours=1)


def test_nobody_with_nothing_has_an_empty_one(berlin, ticket):
    Ticket.objects.all().delete()
    assert feed(ticket.user).subcomponents == []


@pytest.mark.parametrize("number", [1, 3])
def test_one_query_however_many(ticket, number, django_assert_num_queries):
    for _ in range(number - 1):
        TicketFactory(user=ticket.user, session=SessionFactory(movie=MovieFactory()))
    with django_assert_num_queries(1):
        assert calendar.feed(ticket.user).count(b"BEGIN:VEVENT") == number


def test_a_zone_is_what_python_knows_it_by(ticket):
    assert entry(calendar.of_ticket(ticket))[1].start.tzinfo.key == ZoneInfo("Europe/Berlin").key
