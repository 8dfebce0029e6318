"""Tickets and scans in the admin, and the links to them from an account."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.models import CHANGE
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import ConfirmedUserFactory, UserFactory
from cinema.core.ticket_codes import format_code
from cinema.entrance import check_in
from cinema.models import Scan, Ticket, Waiting
from cinema.tests.admin.pages import action_data, log_entries, messages_of, page_text, query_counts
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from movies.models import Viewing

pytestmark = pytest.mark.django_db

LIST = "/admin/cinema/ticket/"


def page(ticket, name="change"):
    return reverse(f"admin:cinema_ticket_{name}", args=[ticket.pk])


@pytest.fixture
def ticket(ahead):
    session = SessionFactory(starts_at=ahead(0, 1), room=RoomFactory(number=1, name="Lumière"), movie__title="Heat")
    return TicketFactory(session=session, user=UserFactory(username="ana", email="ana@example.org"))


# --- Reading -----------------------------------------------------------------------------------------


def test_holds_are_not_listed(client, manager, ticket):
    hold = HeldTicketFactory()
    assert list(client.get(LIST).context["cl"].result_list) == [ticket]
    assert client.get(page(hold)).status_code == 302


@pytest.mark.parametrize("typed", ["code", "dashes", "beginning", "ana", "ANA@example.org"])
def test_a_ticket_is_found_by_code_username_and_address(client, manager, ticket, typed):
    TicketFactory()
    texts = {"code": ticket.code, "dashes": format_code(ticket.code).lower(), "beginning": ticket.code[:6]}
    assert list(client.get(LIST, {"q": texts.get(typed, typed)}).context["cl"].result_list) == [ticket]


@pytest.mark.parametrize("typed", ["nobody", "%", "席", "--", "x" * 2000])
def test_a_search_without_matches_finds_nothing(client, manager, ticket, typed):
    assert client.get(LIST, {"q": typed}).status_code == 200
    assert ticket not in client.get(LIST, {"q": "nobody"}).context["cl"].result_list


def test_filters(client, manager, ticket):
    now = timezone.now()
    used = TicketFactory(session=ticket.session, used_at=now)
    cancelled = TicketFactory(session=ticket.session, cancelled_at=now)
    other = TicketFactory(session=SessionFactory(starts_at=datetime(2026, 1, 2, 12, tzinfo=UTC)))
    for parameters, expected in [
        ({"state": "valid"}, {ticket, other}),
        ({"state": "used"}, {used}),
        ({"state": "cancelled"}, {cancelled}),
        ({"state": "x"}, {ticket, used, cancelled, other}),
        ({"day": "2026-01-02"}, {other}),
        ({"day": "soon"}, {ticket, used, cancelled, other}),
        ({"day": "9999-12-31"}, {ticket, used, cancelled, other}),
        ({"room": other.room_id}, {other}),
        ({"session__id__exact": ticket.session_id}, {ticket, used, cancelled}),
        ({"user__id__exact": ticket.user_id}, {ticket}),
        ({"purchase__id__exact": used.purchase_id}, {used}),
    ]:
        assert set(client.get(LIST, parameters).context["cl"].result_list) == expected, parameters


def test_the_page_shows_all_details(client, manager, ticket):
    purchase = ticket.purchase
    purchase.made_by = manager
    purchase.save()
    words = page_text(client.get(page(ticket)))
    for part in (format_code(ticket.code), "Lumière", "A1", "Heat", "manager", "valid", "Check in"):
        assert part in words
    assert "Undo" not in words


def test_a_ticket_of_a_closed_account(client, manager, ticket):
    ticket.user.delete()
    words = page_text(client.get(page(ticket)))
    assert words.count("a closed account") >= 1
    assert "a closed account" in page_text(client.get(LIST))


def test_tickets_cannot_be_edited(client, ticket):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(page(ticket), {}).status_code == 403
    assert client.post(page(ticket, "delete"), {"post": "yes"}).status_code == 403
    assert Ticket.objects.exists()


def test_the_queries_of_the_lists_do_not_grow(client, manager, django_assert_max_num_queries):
    one, three = query_counts(client, LIST, lambda: TicketFactory(), django_assert_max_num_queries)
    assert one == three <= 9
    make = lambda: check_in.check_in(TicketFactory(), manager)  # noqa: E731
    one, three = query_counts(client, "/admin/cinema/scan/", make, django_assert_max_num_queries)
    assert one == three <= 12


def test_the_queries_of_the_page_do_not_grow(client, manager, ticket, django_assert_max_num_queries):
    def scan():
        check_in.check_in(ticket, manager)
        check_in.undo(ticket.pk, manager)

    one, three = query_counts(client, page(ticket), scan, django_assert_max_num_queries)
    assert one == three <= 14


# --- Check-in -----------------------------------------------------------------------------------------


def test_a_ticket_is_checked_in_and_the_check_in_undone(client, manager, ticket):
    response = client.post(page(ticket, "use"))
    assert (response["Location"], messages_of(response)) == (page(ticket), ["Checked in."])
    ticket.refresh_from_db()
    assert (ticket.used_by, Viewing.objects.filter(user=ticket.user).count()) == (manager, 1)
    words = page_text(client.get(page(ticket)))
    assert "used" in words
    assert "admitted" in words
    assert "Undo the check-in" in words
    response = client.post(page(ticket, "undo"))
    assert messages_of(response) == ["Undone: the ticket can be used again."]
    ticket.refresh_from_db()
    assert ticket.used_at is None
    assert [entry[0::2] for entry in log_entries()] == [
        (CHANGE, "Checked in."),
        (CHANGE, "Undone: the ticket can be used again."),
    ]


def test_a_second_check_in_is_refused_and_recorded(client, manager, ticket):
    client.post(page(ticket, "use"))
    response = client.post(page(ticket, "use"))
    assert messages_of(response)[0].startswith("Already used: ")
    assert list(Scan.objects.order_by("pk").values_list("outcome", "reason", "door")) == [
        ("admitted", "", "Admin"),
        ("refused", "already_used", "Admin"),
    ]
    assert len(log_entries()) == 1


def test_a_check_in_that_did_not_happen_cannot_be_undone(client, manager, ticket):
    assert messages_of(client.post(page(ticket, "undo"))) == ["This ticket has not been used."]


def test_a_scan_has_a_page(client, manager, ticket):
    scan = check_in.check_in(ticket, manager, door="North").scan
    words = page_text(client.get(reverse("admin:cinema_scan_change", args=[scan.pk])))
    assert "North" in words
    assert "admitted" in words
    assert "ana" in page_text(client.get("/admin/cinema/scan/", {"q": "ana"}))
    Scan.objects.create(code="NOBODY", by=manager, scanned_at=timezone.now(), outcome="refused", reason="not_found")
    assert "NOBODY" in page_text(client.get("/admin/cinema/scan/"))


def test_a_scan_is_found_by_the_code_however_it_was_typed(client, manager):
    ticket = TicketFactory(code="0Y7ZAM3QW2BE5S9D")
    typed = "0н7яфь3йц2иу5ы9в"
    scan = check_in.check_in(typed, manager, session_id=ticket.session_id).scan
    Scan.objects.create(code="NOBODY", by=manager, scanned_at=timezone.now(), outcome="refused", reason="not_found")
    for text in (typed, ticket.code, format_code(ticket.code), "0Z7YAM3QW2BE5S9D"):
        assert list(client.get("/admin/cinema/scan/", {"q": text}).context["cl"].result_list) == [scan]


# --- Cancelling --------------------------------------------------------------------------------------


def test_a_ticket_is_cancelled_after_a_confirmation(client, manager, ticket):
    words = page_text(client.get(page(ticket, "cancel")))
    assert "A1" in words
    assert "This ticket will no longer be valid" in words
    assert Ticket.objects.get().cancelled_at is None
    response = client.post(page(ticket, "cancel"))
    assert (response["Location"], messages_of(response)) == (page(ticket), ["The ticket is cancelled."])
    ticket.refresh_from_db()
    assert ticket.cancelled_by == manager
    assert messages_of(client.post(page(ticket, "cancel")))[0].startswith("The ticket was already cancelled on")
    assert "Check in" not in page_text(client.get(page(ticket)))


def test_all_chosen_tickets_are_cancelled_or_none(client, manager, ticket):
    other = TicketFactory(session=ticket.session)
    assert "Cancel 2 tickets" in page_text(client.post(LIST, action_data("cancel_chosen", ticket, other)))
    used = TicketFactory(session=ticket.session, used_at=timezone.now())
    response = client.post(LIST, action_data("cancel_chosen", ticket, used, confirmed="yes"))
    assert messages_of(response)[0].startswith("The ticket was used on")
    assert not Ticket.objects.filter(cancelled_at__isnull=False).exists()
    assert log_entries() == []
    response = client.post(LIST, action_data("cancel_chosen", ticket, other, confirmed="yes"))
    assert messages_of(response) == ["2 tickets cancelled."]
    assert Ticket.objects.filter(cancelled_by=manager).count() == 2


def test_seats_cancelled_together_are_offered_to_who_waits_for_several(client, manager):
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=2)
    sold = TicketFactory.create_batch(2, session=session)
    first = WaitingFactory(session=session, user=ConfirmedUserFactory(), quantity=2)
    WaitingFactory(session=session, user=ConfirmedUserFactory())
    client.post(LIST, action_data("cancel_chosen", *sold, confirmed="yes"))
    (offered,) = Waiting.objects.filter(offer__isnull=False)
    assert (offered, offered.offer.tickets.count()) == (first, 2)


def test_a_ticket_of_a_session_that_is_over_cannot_be_cancelled(client, manager, ticket):
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        client.force_login(manager)
        assert messages_of(client.post(page(ticket, "cancel"))) == ["The session is over."]


def test_unexpected_errors_are_raised(client, manager, ticket, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("cinema.box_office.purchases.cancel", broken)
    with pytest.raises(RuntimeError):
        client.post(page(ticket, "cancel"))


def test_writes_need_their_permission_and_a_post(client, manager, ticket, settings):
    for name in ("use", "undo"):
        assert client.get(page(ticket, name)).status_code == 405
    assert client.post(f"{LIST}0/use/").status_code == 404
    settings.MANAGER_PERMISSIONS = {"cinema.view_ticket"}
    for name in ("use", "undo", "cancel"):
        assert client.post(page(ticket, name)).status_code == 403
    client.post(LIST, action_data("cancel_chosen", ticket, confirmed="yes"))
    ticket.refresh_from_db()
    assert (ticket.used_at, ticket.cancelled_at) == (None, None)
    assert "Check in" not in page_text(client.get(page(ticket)))
    settings.MANAGER_PERMISSIONS = set()
    assert client.get(LIST).status_code == 403


# --- Accounts ----------------------------------------------------------------------------------------


def test_an_account_links_to_its_tickets(client, manager, ticket):
    content = client.get(reverse("admin:accounts_user_change", args=[ticket.user_id])).content.decode()
    assert f'href="{LIST}?user__id__exact={ticket.user_id}">1 ticket</a>' in content


def test_a_superuser_can_delete_an_account_with_tickets(client, ticket):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    address = reverse("admin:accounts_user_delete", args=[ticket.user_id])
    assert client.get(address).status_code == 200
    assert client.post(address, {"post": "yes"}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.user is None


def test_a_superuser_can_delete_several_accounts_with_tickets(client, ticket):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    used = check_in.check_in(TicketFactory(session=ticket.session), User.objects.get(username="root")).ticket
    address = reverse("admin:accounts_user_changelist")
    response = client.post(address, action_data("delete_selected", ticket.user, used.user, post="yes"))
    assert response.status_code == 302
    assert Ticket.objects.filter(user=None).count() == 2


def test_a_film_with_sessions_cannot_be_deleted(client, manager, ticket):
    film = ticket.session.movie
    response = client.post(reverse("admin:movies_movie_delete", args=[film.pk]), {"post": "yes"})
    assert response.status_code == 302
    assert messages_of(response) != []
    response = client.post("/admin/movies/movie/", action_data("delete_selected", film, post="yes"))
    assert response.status_code == 302
    assert messages_of(response) != []
    film.refresh_from_db()
