"""Joining and leaving the waiting list of a session."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from accounts.people.requests import MemberRequest
from cinema.box_office import waiting_list
from cinema.forms.waiting_list import JoinForm
from cinema.queries import sessions
from cinema.views.refusals import redirect_to_session
from common.limits.costs import costs, posts
from common.refusals import REFUSALS


@costs("purchase", when=posts)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: MemberRequest, pk: int) -> HttpResponse:
    """Join the waiting list. A GET, after signing in on the way, redirects to the session."""
    session = get_object_or_404(sessions.readable_sessions(request.user), pk=pk)
    if request.method == "POST":
        form = JoinForm(request.POST)
        form.is_valid()
        try:
            waiting_list.join(session.pk, request.user, form.chosen_quantity())
        except REFUSALS as error:
            return redirect_to_session(request, session.pk, error)
    return redirect("session", session.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: MemberRequest, pk: int) -> HttpResponse:
    """Leave the waiting list. Does nothing if the customer is not on it."""
    session = get_object_or_404(sessions.readable_sessions(request.user), pk=pk)
    if request.method == "POST":
        try:
            waiting_list.leave(session.pk, request.user)
        except Http404:
            pass
        except REFUSALS as error:
            return redirect_to_session(request, session.pk, error)
        else:
            messages.success(request, "You have left the waiting list.")
    return redirect("session", session.pk)
