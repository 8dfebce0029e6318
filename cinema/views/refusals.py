"""Refusals of write functions as messages on pages."""

from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from common.api.problems import describe
from common.errors import Code, DomainError

# What write functions raise for a request that they refuse. Anything else is a bug.
REFUSALS = (ValidationError, DomainError, OperationalError)


class Refusal(NamedTuple):
    messages: list[str]
    status: int
    code: str

    @property
    def needs_date_of_birth(self) -> bool:
        return self.code == Code.DATE_OF_BIRTH_REQUIRED


def describe_refusal(error: Exception) -> Refusal:
    """Return the messages of one of REFUSALS, without the names of API fields."""
    problem = describe(error)
    if problem is None:
        raise error
    if isinstance(error, ValidationError):
        return Refusal(list(dict.fromkeys(each.message for each in problem.errors)), problem.status, problem.code)
    return Refusal([problem.message], problem.status, problem.code)


def show_refusal(request: HttpRequest, error: Exception) -> None:
    """Show one of REFUSALS on the next page."""
    for message in describe_refusal(error).messages:
        messages.error(request, message)


def redirect_to_session(request: HttpRequest, session_id: int, error: Exception) -> HttpResponse:
    """Redirect to the page of the session, which shows the refusal."""
    show_refusal(request, error)
    return redirect("session", session_id)
