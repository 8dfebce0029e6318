"""Choosing seats and buying them.

Ticked seats are held at once, and buying confirms the hold. A hold can be confirmed once; confirming it again returns
the same purchase, so a second click, the back button and a retry are harmless.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.people.requests import MemberRequest
from cinema.box_office import hoarding, holds, rules
from cinema.forms.seats import BuyForm, SeatsForm
from cinema.models import MovieSession, Purchase, Seat
from cinema.queries import sessions, tickets
from cinema.queries.seats import SeatOnMap, State, seat_map
from cinema.rooms.seat_plan import CUSTOMER_WORDS, lay_out
from cinema.views.refusals import redirect_to_session
from cinema.views.waiting_panel import build_waiting_panel
from common.client_ip import client_block
from common.errors import Code
from common.limits.costs import costs, posts
from common.refusals import REFUSALS, Refusal, describe_refusal


@costs("purchase", when=posts)
@require_http_methods(["GET", "HEAD", "POST"])
def session_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the seating plan, or of a cancelled session what people can do now.

    A POST holds the ticked seats, or a quantity of the best ones.
    """
    session = sessions.find_session(request.user, pk)
    if session is None:
        return render(request, "cinema/box_office/session_gone.html", status=404)
    if request.method != "POST":
        return _render_session(request, session)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    form = SeatsForm(request.POST)
    form.is_valid()
    shown = _shown_revision(form, request.user, session)
    try:
        holds.hold(session.pk, request.user, address=client_block(request), shown_revision=shown, **form.chosen_seats())
    except REFUSALS as error:
        return _render_session(request, session, describe_refusal(error), shown)
    return redirect("session", session.pk)


def _render_session(
    request: HttpRequest, session: MovieSession, refused: Refusal | None = None, shown_revision: int | None = None
) -> HttpResponse:
    """Render the current state of the seats, with the refusal of a choice, made on a page of `shown_revision`.

    Where the session was moved since that page, or since the seats were held, the page says so. The script asks for
    that with `?moved`, as it loads the page again.
    """
    user, status = request.user, refused.status if refused else 200
    if session.cancelled_at:
        return _render_cancelled(request, session, status)
    hold = tickets.find_hold(user, session) if user.is_authenticated else None
    places = seat_map(session, user)
    if not hold:  # the seats of an expired offer are not the customer's, although not yet passed on
        places = [replace(place, viewer_id=None) if place.state is State.YOURS else place for place in places]
    context: dict[str, Any] = {
        "session": session,
        "plan": lay_out(places, CUSTOMER_WORDS),
        "mine": [place for place in places if place.state is State.MINE],
        "closed": _closed(session, user),
        "refused": refused,
        "now": timezone.now(),
        "ended": "ended" in request.GET,
        "waiting": build_waiting_panel(session, user, places),
    }
    shown = hold.shown_revision if hold else session.revision
    shown = min(shown, session.revision if shown_revision is None else shown_revision)
    context["has_moved"] = shown < session.moved_revision or ("moved" in request.GET and session.moved_revision > 0)
    context["quantities"] = _quantities(session, user, places, context["waiting"].is_confirmed)
    context["has_special"] = bool(context["plan"].traits)
    context["is_locked"] = bool(not user.is_authenticated or context["closed"] or context["waiting"].offered_until)
    if hold:
        held = list(tickets.of_purchase(hold))
        special = [ticket.seat for ticket in held if ticket.seat.place.special]
        context |= {"hold": hold, "held": held, "special": special}
        context["has_wheelchair_place"] = any(seat.kind == Seat.Kind.WHEELCHAIR for seat in special)
        if request.method != "HEAD":
            holds.note_shown(session, user)
    return render(request, "cinema/box_office/session.html", context, status=status)


def _shown_revision(form: SeatsForm, user: User, session: MovieSession) -> int | None:
    """Return the revision of the session on the page with the form, or else that of the customer's hold."""
    if (revision := form.cleaned_data.get("revision")) is not None:
        return int(revision)
    hold = tickets.find_hold(user, session)
    return hold.shown_revision if hold else None


def _render_cancelled(request: HttpRequest, session: MovieSession, status: int) -> HttpResponse:
    user = request.user
    own = list(tickets.of_visit(user, session.pk)) if user.is_authenticated else []
    return render(request, "cinema/box_office/session_cancelled.html", {"session": session, "own": own}, status=status)


def _quantities(
    session: MovieSession, user: User | AnonymousUser, places: Sequence[SeatOnMap], is_confirmed: bool
) -> range:
    """Return how many of the best available seats this customer can buy."""
    if not user.is_authenticated:
        return range(0)
    owned = sum(place.state in (State.MINE, State.YOURS) for place in places)
    return range(1, min(session.seats_free, hoarding.most_seats(user, is_confirmed) - owned) + 1)


def _closed(session: MovieSession, user: User | AnonymousUser) -> Refusal | None:
    """Return why no tickets are sold to this customer, before they choose."""
    try:
        if user.is_authenticated:
            rules.check_sale(session, user, user, rules.read_age_limit(session))
        else:
            rules.check_time(session)
    except REFUSALS as error:
        return describe_refusal(error)
    return None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: MemberRequest, pk: int) -> HttpResponse:
    """Confirm a hold. A GET, after signing in again on the way, redirects to the purchase."""
    purchase = _own_purchase(request, pk)
    if request.method != "POST":
        return redirect("purchase", purchase.pk)
    try:
        form = BuyForm(request.POST)
        form.is_valid()
        holds.confirm(purchase.pk, request.user, **form.cleaned_data)
    except REFUSALS as error:
        if describe_refusal(error).code == Code.SESSION_MOVED:
            return redirect("session", purchase.session_id)  # which says so beside the new time
        return redirect_to_session(request, purchase.session_id, error)
    return redirect("purchase", purchase.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: MemberRequest, pk: int) -> HttpResponse:
    """Release a hold. Does nothing if it has ended already."""
    purchase = _own_purchase(request, pk)
    if request.method == "POST":
        try:
            holds.release(purchase.pk, request.user)
        except Http404:
            pass
        except REFUSALS as error:
            return redirect_to_session(request, purchase.session_id, error)
    return redirect("session", purchase.session_id)


def _own_purchase(request: MemberRequest, pk: int) -> Purchase:
    return get_object_or_404(Purchase.objects.filter(user=request.user), pk=pk)
