"""What admin classes of several apps share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from common.api.problems import Problem, describe
from common.errors import FieldError


class ReadOnlyAdmin:
    """For rows that are written by a program: everybody with the permission may look, nobody may change."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Refused(Exception):
    """A write refused what somebody asked for; its cause says why."""


class WrittenElsewhere(forms.ModelForm):
    """A form that only cleans types: a write function has the rules, and what it refuses is said at the fields."""

    refused: Exception | None = None  # why the write refused what this request holds
    # Names of a write function that are other fields here.
    fields_of: dict[str, str] = {}

    def _post_clean(self) -> None:
        """Instead of Django's, which would change the row and ask the model's own rules in other words."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.refused:
            refuse(self, self.refused, self.fields_of)
        return cleaned


def refuse(form: forms.BaseForm, error: Exception, fields_of: Mapping[str, str] | None = None) -> None:
    """Say at the form's fields why a write refused what it holds. Raises `error` again when nobody expected it."""
    problem = describe(error)
    if problem is None:
        raise error
    for field, message in errors_of(problem):
        name = field.partition(".")[0]
        name = (fields_of or {}).get(name, name)
        form.add_error(name if name in form.fields else None, message)


def errors_of(problem: Problem) -> list[FieldError]:
    """By field; what a conflict says as a whole comes with them, since it knows what can be done instead."""
    errors, sentence = list(problem.errors), problem.message
    if not errors:
        return [FieldError("", sentence)]
    if problem.status != 409:
        return errors
    if len(errors) == 1 and sentence.startswith(errors[0].message):
        return [FieldError(errors[0].field, sentence)]
    return [FieldError("", sentence), *errors]


class WritesElsewhere:
    """For rows that are written by write functions only. What these refuse is a sentence on the page, never a 500.

    Writing methods of the class raise their errors as Refused.
    """

    def changeform_view(self, request: Any, *args: Any, **options: Any) -> HttpResponse:
        """Nothing is left of the first attempt when the form is answered with its errors."""
        try:
            return super().changeform_view(request, *args, **options)  # type: ignore[misc]
        except Refused as refused:
            request.refused = refused.args[0]
            return super().changeform_view(request, *args, **options)  # type: ignore[misc]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)  # type: ignore[misc]
        form.refused = getattr(request, "refused", None)
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """`save_model` wrote everything."""

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[misc]
        except Refused as refused:
            say(request, refused.args[0])
            return redirect(request.get_full_path())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """An action is done with all rows that were chosen, or with none."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)  # type: ignore[misc]
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)  # type: ignore[misc]
        except Refused as refused:
            say(request, refused.args[0])
            return redirect(request.get_full_path())


@contextmanager
def refusals() -> Iterator[None]:
    """Of a write, as Refused: everything that has a sentence for people."""
    try:
        yield
    except Exception as error:
        if describe(error) is None:
            raise
        raise Refused(error) from error


def said(error: Exception) -> list[str]:
    """Why a write refused, in sentences. Raises `error` again when nobody expected it."""
    problem = describe(error)
    if problem is None:
        raise error
    return list(dict.fromkeys(message for _, message in problem.errors)) or [problem.message]


def say(request: HttpRequest, error: Exception) -> None:
    """Above the next page."""
    messages.error(request, " ".join(said(error)))
