"""Tickets and scans in the admin: looked at, checked in, cancelled; and the way there from a person."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.models import CHANGE
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from cinema.core.ticket_codes import format_code
from cinema.entrance import check_in
from cinema.models import Scan, Ticket
from cinema.tests.admin.pages import chosen, counts, log, text, told
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.models import Viewing

pytestmark = pytest.mark.django_db

LIST = "/admin/cinema/ticket/"


def page(ticket, name="change"):
    return reverse(f"admin:cinema_ticket_{name}", args=[ticket.pk])


@pytest.fixture
def ticket(ahead):
    session = SessionFactory(starts_at=ahead(0, 1), room=RoomFactory(number=1, name="Lumière"), movie__title="Heat")
    return TicketFactory(session=session, user=UserFactory(username="ana", email="ana@example.org"))


# --- Looking ----------------------------------------------------------------------------------------


def test_holds_are_no_tickets(client, manager, ticket):
    hold = HeldTicketFactory()
    assert list(client.get(LIST).context["cl"].result_list) == [ticket]
    assert client.get(page(hold)).status_code == 302


@pytest.mark.parametrize("typed", ["code", "dashes", "beginning", "ana", "ANA@example.org"])
def test_a_ticket_is_found_by_code_username_and_address(client, manager, ticket, typed):
    TicketFactory()
    texts = {"code": ticket.code, "dashes": format_code(ticket.code).lower(), "beginning": ticket.code[:6]}
    assert list(client.get(LIST, {"q": texts.get(typed, typed)}).context["cl"].result_list) == [ticket]


@pytest.mark.parametrize("typed", ["nobody", "%", "席", "--", "x" * 2000])
def test_what_is_nobodys_finds_nothing(client, manager, ticket, typed):
    assert client.get(LIST, {"q": typed}).status_code == 200
    assert ticket not in client.get(LIST, {"q": "nobody"}).context["cl"].result_list


def test_filters(client, manager, ticket):
    now = timezone.now()
    used = TicketFactory(session=ticket.session, used_at=now)
    gone = TicketFactory(session=ticket.session, cancelled_at=now)
    other = TicketFactory(session=SessionFactory(starts_at=datetime(2026, 1, 2, 12, tzinfo=UTC)))
    for parameters, expected in [
        ({"state": "valid"}, {ticket, other}),
        ({"state": "used"}, {used}),
        ({"state": "cancelled"}, {gone}),
        ({"state": "x"}, {ticket, used, gone, other}),
        ({"day": "2026-01-02"}, {other}),
        ({"day": "soon"}, {ticket, used, gone, other}),
        ({"day": "9999-12-31"}, {ticket, used, gone, other}),
        ({"room": other.room_id}, {other}),
        ({"session__id__exact": ticket.session_id}, {ticket, used, gone}),
        ({"user__id__exact": ticket.user_id}, {ticket}),
        ({"purchase__id__exact": used.purchase_id}, {used}),
    ]:
        assert set(client.get(LIST, parameters).context["cl"].result_list) == expected, parameters


def test_the_page_tells_everything(client, manager, ticket):
    purchase = ticket.purchase
    purchase.made_by = manager
    purchase.save()
    said = text(client.get(page(ticket)))
    for words in (format_code(ticket.code), "Lumière", "A1", "Heat", "manager", "valid", "Check in"):
        assert words in said
    assert "Undo" not in said


def test_a_ticket_of_a_closed_account(client, manager, ticket):
    ticket.user.delete()
    said = text(client.get(page(ticket)))
    assert said.count("an account that was closed") >= 1
    assert "an account that was closed" in text(client.get(LIST))


def test_nobody_edits_tickets(client, ticket):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(page(ticket), {}).status_code == 403
    assert client.post(page(ticket, "delete"), {"post": "yes"}).status_code == 403
    assert Ticket.objects.exists()


def test_the_queries_of_the_lists_do_not_grow(client, manager, django_assert_max_num_queries):
    one, three = counts(client, LIST, lambda: TicketFactory(), django_assert_max_num_queries)
    assert one == three <= 9
    make = lambda: check_in.check_in(TicketFactory(), manager)  # noqa: E731
    one, three = counts(client, "/admin/cinema/scan/", make, django_assert_max_num_queries)
    assert one == three <= 12


def test_the_queries_of_the_page_do_not_grow(client, manager, ticket, django_assert_max_num_queries):
    def scan():
        check_in.check_in(ticket, manager)
        check_in.undo(ticket.pk, manager)

    one, three = counts(client, page(ticket), scan, django_assert_max_num_queries)
    assert one == three <= 14


# --- At the door ------------------------------------------------------------------------------------


def test_checked_in_and_undone(client, manager, ticket):
    response = client.post(page(ticket, "use"))
    assert (response["Location"], told(response)) == (page(ticket), ["Checked in."])
    ticket.refresh_from_db()
    assert (ticket.used_by, Viewing.objects.filter(user=ticket.user).count()) == (manager, 1)
    said = text(client.get(page(ticket)))
    assert "used" in said
    assert "admitted" in said
    assert "Undo the check-in" in said
    response = client.post(page(ticket, "undo"))
    assert told(response) == ["Undone: the ticket can be used again."]
    ticket.refresh_from_db()
    assert ticket.used_at is None
    assert [entry[0::2] for entry in log()] == [
        (CHANGE, "Checked in."),
        (CHANGE, "Undone: the ticket can be used again."),
    ]


def test_a_second_time_is_refused_in_words_and_kept(client, manager, ticket):
    client.post(page(ticket, "use"))
    response = client.post(page(ticket, "use"))
    assert told(response)[0].startswith("Already used: ")
    assert list(Scan.objects.order_by("pk").values_list("outcome", "reason", "door")) == [
        ("admitted", "", "Admin"),
        ("refused", "already_used", "Admin"),
    ]
    assert len(log()) == 1


def test_what_was_not_used_is_not_undone(client, manager, ticket):
    assert told(client.post(page(ticket, "undo"))) == ["This ticket has not been used."]


def test_a_scan_has_a_page(client, manager, ticket):
    scan = check_in.check_in(ticket, manager, door="North").scan
    said = text(client.get(reverse("admin:cinema_scan_change", args=[scan.pk])))
    assert "North" in said
    assert "admitted" in said
    assert "ana" in text(client.get("/admin/cinema/scan/", {"q": "ana"}))
    Scan.objects.create(code="NOBODY", by=manager, scanned_at=timezone.now(), outcome="refused", reason="not_found")
    assert "NOBODY" in text(client.get("/admin/cinema/scan/"))


# --- Cancelling -------------------------------------------------------------------------------------


def test_a_ticket_is_cancelled_after_a_question(client, manager, ticket):
    said = text(client.get(page(ticket, "cancel")))
    assert "A1" in said
    assert "Nobody comes in with it any more" in said
    assert Ticket.objects.get().cancelled_at is None
    response = client.post(page(ticket, "cancel"))
    assert (response["Location"], told(response)) == (page(ticket), ["The ticket is cancelled."])
    ticket.refresh_from_db()
    assert ticket.cancelled_by == manager
    assert told(client.post(page(ticket, "cancel")))[0].startswith("The ticket was already cancelled on")
    assert "Check in" not in text(client.get(page(ticket)))


def test_several_are_cancelled_all_or_none(client, manager, ticket):
    other = TicketFactory(session=ticket.session)
    assert "Cancel 2 tickets" in text(client.post(LIST, chosen("cancel_chosen", ticket, other)))
    used = TicketFactory(session=ticket.session, used_at=timezone.now())
    response = client.post(LIST, chosen("cancel_chosen", ticket, used, confirmed="yes"))
    assert told(response)[0].startswith("The ticket was used on")
    assert not Ticket.objects.filter(cancelled_at__isnull=False).exists()
    assert log() == []
    response = client.post(LIST, chosen("cancel_chosen", ticket, other, confirmed="yes"))
    assert told(response) == ["2 tickets cancelled."]
    assert Ticket.objects.filter(cancelled_by=manager).count() == 2


def test_after_the_end_nothing_is_cancelled(client, manager, ticket):
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        client.force_login(manager)
        assert told(client.post(page(ticket, "cancel"))) == ["The session is over."]


def test_what_nobody_expected_is_not_hidden(client, manager, ticket, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("cinema.box_office.purchases.cancel", broken)
    with pytest.raises(RuntimeError):
        client.post(page(ticket, "cancel"))


def test_writing_needs_its_permission_and_a_post(client, manager, ticket, settings):
    for name in ("use", "undo"):
        assert client.get(page(ticket, name)).status_code == 405
    assert client.post(f"{LIST}0/use/").status_code == 404
    settings.MANAGER_PERMISSIONS = {"cinema.view_ticket"}
    for name in ("use", "undo", "cancel"):
        assert client.post(page(ticket, name)).status_code == 403
    client.post(LIST, chosen("cancel_chosen", ticket, confirmed="yes"))
    ticket.refresh_from_db()
    assert (ticket.used_at, ticket.cancelled_at) == (None, None)
    assert "Check in" not in text(client.get(page(ticket)))
    settings.MANAGER_PERMISSIONS = set()
    assert client.get(LIST).status_code == 403


# --- People -----------------------------------------------------------------------------------------


def test_from_a_person_to_their_tickets(client, manager, ticket):
    content = client.get(reverse("admin:accounts_user_change", args=[ticket.user_id])).content.decode()
    assert f'href="{LIST}?user__id__exact={ticket.user_id}">1 ticket</a>' in content


def test_whoever_has_tickets_can_be_deleted_by_a_superuser(client, ticket):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    address = reverse("admin:accounts_user_delete", args=[ticket.user_id])
    assert client.get(address).status_code == 200
    assert client.post(address, {"post": "yes"}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.user is None


def test_several_people_with_tickets_can_be_deleted_by_a_superuser(client, ticket):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    used = check_in.check_in(TicketFactory(session=ticket.session), User.objects.get(username="root")).ticket
    address = reverse("admin:accounts_user_changelist")
    response = client.post(address, chosen("delete_selected", ticket.user, used.user, post="yes"))
    assert response.status_code == 302
    assert Ticket.objects.filter(user=None).count() == 2


def test_films_with_sessions_stay_with_a_sentence(client, manager, ticket):
    film = ticket.session.movie
    response = client.post(reverse("admin:movies_movie_delete", args=[film.pk]), {"post": "yes"})
    assert response.status_code == 302
    assert told(response) != []
    response = client.post("/admin/movies/movie/", chosen("delete_selected", film, post="yes"))
    assert response.status_code == 302
    assert told(response) != []
    film.refresh_from_db()
