"""Calendar entries, read back with icalendar and with a second, independent library."""

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
    "DESCRIPTION:Seat B7\\, Room 2\\, Great Hall\\nFrom 16 years\\nSeat B7: ticket ABCD-EFGH-JKMN-PQRS\\n"
    "QR code for the entrance: https://roxy.example/tickets/ABCDEFGHJKMNPQRS/"
)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def parse_entry(body):
    """Return the calendar and its only event."""
    parsed = icalendar.Calendar.from_ical(body)
    (event,) = parsed.events
    return parsed, event


def rename_zone(body, zone):
    """Give the zone an unknown name, so that a reader has only the file's own definition of it."""
    return body.decode().replace(zone, f"Roxy/{uuid4()}")


def cancel(ticket):
    Ticket.objects.filter(pk=ticket.pk).update(cancelled_at=NOW)
    ticket.refresh_from_db()
    return ticket


def test_the_file_of_a_ticket(ticket):
    lines = calendar.render_visit([ticket]).decode().replace("\r\n ", "").splitlines()
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
        f"UID:visit-{ticket.session_id}-{ticket.user_id}@roxy.example",
        "SEQUENCE:0",
        DESCRIPTION,
        f"LAST-MODIFIED:{ticket.purchased_at:%Y%m%dT%H%M%SZ}",
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
    body = calendar.render_visit([ticket])
    _, event = parse_entry(body)
    assert f"{event.start.astimezone(ZoneInfo(zone)):%H:%M %Z}" == on_the_clock
    times = (starts_at, starts_at + timedelta(hours=2))
    assert (event.start.astimezone(UTC), event.end.astimezone(UTC)) == times
    other = vobject.readOne(rename_zone(body, zone)).vevent
    assert (other.dtstart.value.astimezone(UTC), other.dtend.value.astimezone(UTC)) == times


def test_utc_needs_no_time_zone(ticket, settings):
    settings.CINEMA_TIME_ZONE = settings.TIME_ZONE = "UTC"
    text = calendar.render_visit([ticket]).decode()
    assert "VTIMEZONE" not in text
    assert "DTSTART:20261121T191500Z" in text


def test_a_moved_session_is_the_same_entry_with_a_higher_sequence(ticket):
    _, before = parse_entry(calendar.render_visit([ticket]))
    ticket.session.revision += 1
    ticket.session.starts_at += timedelta(hours=1)
    _, after = parse_entry(calendar.render_visit([ticket]))
    assert (before["UID"], before["SEQUENCE"], after["UID"], after["SEQUENCE"]) == (before["UID"], 0, before["UID"], 1)
    assert after.start - before.start == timedelta(hours=1)


def test_a_cancelled_ticket_removes_its_entry(ticket):
    parsed, before = parse_entry(calendar.render_visit([ticket]))
    assert (parsed["METHOD"], before["STATUS"], calendar.method([ticket])) == ("PUBLISH", "CONFIRMED", "PUBLISH")
    parsed, after = parse_entry(calendar.render_visit([cancel(ticket)]))
    assert (parsed["METHOD"], after["STATUS"], calendar.method([ticket])) == ("CANCEL", "CANCELLED", "CANCEL")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DESCRIPTION"] == "This ticket was cancelled.\nIt was for seat B7."
    assert (after.alarms.times, after["TRANSP"]) == ([], "TRANSPARENT")
    other = vobject.readOne(calendar.render_visit([ticket]).decode())
    assert (other.method.value, other.vevent.status.value, other.vevent.sequence.value) == ("CANCEL", "CANCELLED", "1")


def test_a_cancelled_session_removes_the_entry(ticket):
    ticket.session.cancelled_at, ticket.session.revision = NOW, 1
    parsed, event = parse_entry(calendar.render_visit([ticket]))
    assert (parsed["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert event["DESCRIPTION"].startswith("This session was cancelled.")
    assert calendar.content_type([ticket]) == "text/calendar; charset=utf-8; method=CANCEL"


def test_the_sequence_never_falls(ticket):
    """The ticket is cancelled, and its session moved afterwards: the last version has the highest number."""
    sequences = []
    for change in ({"revision": 1}, {"cancelled": True}, {"revision": 2}, {"revision": 3}):
        if change.get("cancelled"):
            cancel(ticket)
        else:
            ticket.session.revision = change["revision"]
            ticket.session.save()
        sequences.append(int(parse_entry(calendar.render_visit([ticket]))[1]["SEQUENCE"]))
    assert sequences == sorted(set(sequences))


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
def test_titles_survive_a_round_trip(ticket, title):
    ticket.session.movie.title = title
    body = calendar.render_visit([ticket])
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    _, event = parse_entry(body)
    same = title.replace("\r\n", "\n")
    assert event["SUMMARY"] == same
    assert vobject.readOne(body.decode()).vevent.summary.value == same


def test_the_organizers_address_is_without_the_name(ticket, settings):
    settings.DEFAULT_FROM_EMAIL = "Roxy, the cinema <box-office@roxy.example>"
    assert parse_entry(calendar.render_visit([ticket]))[1]["ORGANIZER"] == "mailto:box-office@roxy.example"


# --- The feed ---


def events(user):
    """Return the events by the id of the session."""
    return {int(event["UID"].split("-")[1]): event for event in feed(user).events}


def feed(user):
    return icalendar.Calendar.from_ical(calendar.render_feed(user))


def test_a_feed_has_a_name_and_a_refresh_interval(ticket):
    parsed = feed(ticket.user)
    assert "METHOD" not in parsed  # it is a calendar, not a message about one
    assert (parsed["NAME"], parsed["X-WR-CALNAME"]) == ("Roxy: my tickets", "Roxy: my tickets")
    assert parsed["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"
    assert (parsed["REFRESH-INTERVAL"].dt, parsed["X-PUBLISHED-TTL"]) == (timedelta(hours=1), "PT1H")
    assert [zone.tz_name for zone in parsed.timezones] == [parsed["X-WR-TIMEZONE"]] == ["Europe/Berlin"]


def test_the_feed_has_tickets_to_come_and_recent_ones(ticket):
    user = ticket.user
    lately = TicketFactory(user=user, session=SessionFactory(starts_at=NOW - timedelta(days=91)))
    TicketFactory(user=user, session=SessionFactory(starts_at=NOW - timedelta(days=93)))
    HeldTicketFactory(user=user)
    TicketFactory()
    far = TicketFactory(user=user, session=SessionFactory(starts_at=NOW + timedelta(days=400)))
    assert list(events(user)) == [one.session_id for one in (lately, ticket, far)]
    # The zone is defined for all of that time.
    starts = {pk: event.start.astimezone(UTC) for pk, event in events(user).items()}
    assert starts[far.session_id] == far.session.starts_at
    theirs = vobject.readOne(rename_zone(calendar.render_feed(user), "Europe/Berlin"))
    others = [one.dtstart.value.astimezone(UTC) for one in theirs.vevent_list]
    assert others == list(starts.values())


def test_cancelled_visits_are_in_the_feed_as_cancelled(ticket):
    kept = TicketFactory(user=ticket.user)
    cancel(ticket)
    shown = {pk: (str(event["STATUS"]), int(event["SEQUENCE"])) for pk, event in events(ticket.user).items()}
    assert shown == {ticket.session_id: ("CANCELLED", 1), kept.session_id: ("CONFIRMED", 0)}


def test_the_same_rows_give_the_same_bytes(ticket):
    first = calendar.render_feed(ticket.user)
    with time_machine.travel(NOW + timedelta(days=1)):
        assert calendar.render_feed(ticket.user) == first
    ticket.session.movie.title = "Stalker"
    ticket.session.movie.save()
    assert calendar.render_feed(ticket.user) != first


def test_the_feed_of_a_user_without_tickets_is_empty(berlin, ticket):
    Ticket.objects.all().delete()
    assert feed(ticket.user).subcomponents == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_feed_takes_one_query(ticket, number, django_assert_num_queries):
    for _ in range(number - 1):
        TicketFactory(user=ticket.user, session=SessionFactory(movie=MovieFactory()))
    with django_assert_num_queries(1):
        assert calendar.render_feed(ticket.user).count(b"BEGIN:VEVENT") == number


def test_the_zone_has_its_usual_name(ticket):
    assert parse_entry(calendar.render_visit([ticket]))[1].start.tzinfo.key == ZoneInfo("Europe/Berlin").key
