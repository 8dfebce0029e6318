"""Mixins for the admin classes of several apps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from common.refusals import describe_refusal, show_refusal


class ReadOnlyAdmin:
    """For rows that only programs write: with the permission to view them, nothing can be changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WriteRefused(Exception):
    """A write function refused the request; its argument is the error of that function."""


@contextmanager
def convert_refusals() -> Iterator[None]:
    """Raise every error that has a message for people as WriteRefused; a bug of ours goes on as it is."""
    try:
        yield
    except Exception as error:
        describe_refusal(error)
        raise WriteRefused(error) from error


class WriteFunctionAdmin:
    """For rows that only write functions write. A refusal is a message on the page, never a 500.

    The writing methods of the class call their write function within `convert_refusals`; the form is a
    WriteFunctionForm.
    """

    def changeform_view(self, request: Any, *args: Any, **options: Any) -> HttpResponse:
        """Answer a refused form with its errors. The transaction of the first attempt is rolled back then."""
        try:
            return super().changeform_view(request, *args, **options)  # type: ignore[misc]
        except WriteRefused as refused:
            request.refused = refused.args[0]
            return super().changeform_view(request, *args, **options)  # type: ignore[misc]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form = super().get_form(request, obj, change=change, **options)  # type: ignore[misc]
        form.refused = getattr(request, "refused", None)
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: `save_model` has written everything."""

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)  # type: ignore[misc]
        except WriteRefused as refused:
            show_refusal(request, refused.args[0], in_detail=True)
            return redirect(request.get_full_path())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Do an action with all chosen rows, or with none."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)  # type: ignore[misc]
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)  # type: ignore[misc]
        except WriteRefused as refused:
            show_refusal(request, refused.args[0], in_detail=True)
            return redirect(request.get_full_path())
