"""The JSON of sessions and tickets, written out by hand: what clients rely on."""

from django.utils import timezone

from cinema.models import Ticket


def z(moment):
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def session_json(session, seats_free=10, seats_total=10, wheelchair_places_free=0, companion_seats_free=0):
    starts, ends = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return {
        "id": session.pk,
        "movie": {"id": session.movie.pk, "title": session.movie.title},
        "room": {"id": session.room.pk, "number": session.room.number, "name": session.room.name},
        "room_number": session.room.number,
        "starts_at": z(session.starts_at),
        "ends_at": z(session.ends_at),
        "date": f"{starts:%Y-%m-%d}",
        "timeslot": f"{starts:%H:%M}-{ends:%H:%M}",
        "seats_total": seats_total,
        "seats_free": seats_free,
        "wheelchair_places_free": wheelchair_places_free,
        "companion_seats_free": companion_seats_free,
        "published": session.published,
        "cancelled_at": z(session.cancelled_at),
    }


def mail_json(user, **changes):
    """Return what was mailed of a purchase that was just made."""
    waiting = {"state": "waiting", "address": user.email, "address_is_confirmed": True}
    return waiting | {"sent_at": None, "next_try_at": None} | changes


def ticket_json(ticket, seats_free=9):
    """Return the ticket as its holder sees it."""
    current = Ticket.objects.select_related("seat", "session__movie", "session__room").get(pk=ticket.pk)
    return {
        "id": current.pk,
        "code": current.code,
        "seat": f"{current.seat.row}{current.seat.number}",
        "seat_kind": "standard",
        "seat_name": f"seat {current.seat.row}{current.seat.number}",
        "session": session_json(current.session, seats_free),
        "user_id": current.user_id,
        "purchased_at": z(current.purchased_at),
        "used_at": z(current.used_at),
        "cancelled_at": z(current.cancelled_at),
    }


def ticket_json_for_managers(ticket, seats_free=9, used_by=None, sold_by=None, cancelled_by=None, age_checked=None):
    people = {"used_by": used_by, "sold_by": sold_by, "cancelled_by": cancelled_by}
    usernames = {name: person and {"id": person.pk, "username": person.username} for name, person in people.items()}
    return ticket_json(ticket, seats_free) | usernames | {"age_checked": age_checked}


def page_of(*items):
    meta = {
        "page": 1,
        "limit": 20,
        "total": len(items),
        "total_pages": 1 if items else 0,
        "total_is_exact": True,
        "next_cursor": None,
    }
    return {"items": list(items), "meta": meta}
