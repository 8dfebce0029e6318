"""Who asks, and what the box office's refusals read like on a page."""

from typing import NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from common.api.problems import describe
from common.errors import Code, DomainError

# What cinema's writes raise; anything else is nobody's fault but ours.
REFUSALS = (ValidationError, DomainError, OperationalError)


class Refusal(NamedTuple):
    sentences: list[str]
    status: int
    code: str

    @property
    def wants_birthday(self) -> bool:
        return self.code == Code.DATE_OF_BIRTH_REQUIRED


def refusal(error: Exception) -> Refusal:
    """Of one of REFUSALS. The fields that an API names mean nothing on a page, so only their sentences are said."""
    problem = describe(error)
    if problem is None:
        raise error
    if isinstance(error, ValidationError):
        return Refusal(list(dict.fromkeys(each.message for each in problem.errors)), problem.status, problem.code)
    return Refusal([problem.message], problem.status, problem.code)


def back(request: HttpRequest, session_id: int, error: Exception) -> HttpResponse:
    """To the seats, where the refusal is said."""
    for sentence in refusal(error).sentences:
        messages.error(request, sentence)
    return redirect("session", session_id)
