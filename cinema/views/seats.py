"""Choosing seats and buying them: two taps, or two buttons without JavaScript.

A seat that is ticked is held at once, and buying confirms that hold. So the hold's id is what makes a second tap, the
back button and a retry harmless: it can be confirmed once, and then answers with what was bought.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.people.requests import MemberRequest
from cinema.box_office import holds, rules
from cinema.forms.seats import Choice, quantities
from cinema.models import MovieSession, Purchase
from cinema.queries import seats, sessions, tickets
from cinema.rooms.seat_plan import CUSTOMER_WORDS, lay_out
from cinema.views.refusals import REFUSALS, Refusal, back, refusal
from cinema.views.waiting_panel import line

HELD, YOURS = seats.State.HELD, seats.State.YOURS


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan. A POST holds what is ticked, or so many of the best."""
    session = get_object_or_404(sessions.with_seat_counts(sessions.visible_sessions(request.user)), pk=pk)
    if request.method != "POST":
        return picker(request, session)
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    form = Choice(request.POST)
    form.is_valid()
    try:
        holds.hold(session.pk, request.user, **form.wanted())
    except REFUSALS as error:
        return picker(request, session, refusal(error))
    return redirect("session", session.pk)


def picker(request: HttpRequest, session: MovieSession, refused: Refusal | None = None) -> HttpResponse:
    """As things stand now, whatever was just refused."""
    user = request.user
    hold = tickets.find_hold(user, session) if user.is_authenticated else None
    places = seats.seat_map(session, user)
    if not hold:  # of an offer that ran out, the seats are only still to be passed on
        places = [seats.SeatOnMap(*place[:7], HELD, None) if place.state is YOURS else place for place in places]
    context: dict[str, Any] = {
        "session": session,
        "plan": lay_out(places, CUSTOMER_WORDS),
        "mine": [place for place in places if place.state is seats.State.MINE],
        "closed": closed(session, user),
        "refused": refused,
        "quantities": quantities(),
        "now": timezone.now(),
        "ended": "ended" in request.GET,
        "waiting": line(session, user, places),
    }
    context["is_locked"] = bool(not user.is_authenticated or context["closed"] or context["waiting"].offered_until)
    if hold:
        context |= {"hold": hold, "held": list(tickets.of_purchase(hold))}
    return render(request, "cinema/box_office/session.html", context, status=refused.status if refused else 200)


def closed(session: MovieSession, user: User | AnonymousUser) -> Refusal | None:
    """Why nothing is sold to this person here, if so: said before they choose."""
    try:
        if user.is_authenticated:
            rules.check_sale(session, user, user)
        else:
            rules.check_time(session)
    except REFUSALS as error:
        return refusal(error)
    return None


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: MemberRequest, pk: int) -> HttpResponse:
    """Confirms a hold. A GET comes from signing in again in the middle, and leads back to the seats."""
    purchase = own_purchase(request, pk)
    if request.method != "POST":
        return redirect("purchase", purchase.pk)
    try:
        holds.confirm(purchase.pk, request.user)
    except REFUSALS as error:
        return back(request, purchase.session_id, error)
    return redirect("purchase", purchase.pk)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: MemberRequest, pk: int) -> HttpResponse:
    """Lets a hold go; one that is gone already is what was wanted."""
    purchase = own_purchase(request, pk)
    if request.method == "POST":
        try:
            holds.release(purchase.pk, request.user)
        except Http404:
            pass
        except REFUSALS as error:
            return back(request, purchase.session_id, error)
    return redirect("session", purchase.session_id)


def own_purchase(request: MemberRequest, pk: int) -> Purchase:
    return get_object_or_404(Purchase.objects.filter(user=request.user), pk=pk)
