"""What people read when a write function refuses their request: on pages, in forms and in the admin."""

from collections.abc import Mapping
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import Error as AnyDatabaseError
from django.http import HttpRequest

from common.api.problems import Problem, describe
from common.errors import DomainError, FieldError

# What write functions raise for a request that they refuse. Among the errors of the database are bugs of ours, which
# the functions below raise again.
REFUSALS = (ValidationError, DomainError, AnyDatabaseError)


class Refusal(NamedTuple):
    """The reason why a request was refused."""

    messages: list[str]
    status: int
    code: str


def describe_refusal(error: Exception, *, in_detail: bool = False) -> Refusal:
    """Return the reason without the names of fields: the message of a conflict, or `in_detail` those of its fields.

    Raises `error` again if it is a bug of ours.
    """
    problem = _problem_of(error)
    by_field = in_detail or problem.status == 400
    sentences = [each.message for each in problem.errors] if by_field else []
    return Refusal(list(dict.fromkeys(sentences)) or [problem.message], problem.status, problem.code)


def show_refusal(request: HttpRequest, error: Exception, *, in_detail: bool = False) -> None:
    """Show the reason on the next page. Raises `error` again if it is a bug of ours."""
    for message in describe_refusal(error, in_detail=in_detail).messages:
        messages.error(request, message)


def add_refusal(form: forms.BaseForm, error: Exception, fields: Mapping[str, str] | None = None) -> None:
    """Add the reason to the fields of the form, each message once. Raises `error` again if it is a bug of ours.

    `fields` maps names of the write function to names of the form, where they differ.
    """
    added = set()
    for path, message in _form_errors(_problem_of(error)):
        name = path.partition(".")[0]
        name = (fields or {}).get(name, name)
        field = name if name in form.fields else None
        if (field, message) not in added:
            form.add_error(field, message)
            added.add((field, message))


def _problem_of(error: Exception) -> Problem:
    problem = describe(error)
    if problem is None:
        raise error
    return problem


def _form_errors(problem: Problem) -> list[FieldError]:
    """Return the errors by field. The message of a conflict comes first: it may say what can be done instead."""
    errors, message = list(problem.errors), problem.message
    if not errors:
        return [FieldError("", message)]
    if problem.status != 409:
        return errors
    if len(errors) == 1 and message.startswith(errors[0].message):
        return [FieldError(errors[0].field, message)]
    return [FieldError("", message), *errors]
