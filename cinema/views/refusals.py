"""Refusals of the box office on pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from common.refusals import show_refusal


def redirect_to_session(request: HttpRequest, session_id: int, error: Exception) -> HttpResponse:
    """Redirect to the page of the session, which shows the refusal."""
    show_refusal(request, error)
    return redirect("session", session_id)
