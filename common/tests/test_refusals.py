import pytest
from django import forms
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError

from common.errors import Code, Conflict, FieldError
from common.refusals import add_refusal, describe_refusal, show_refusal

TAKEN = Conflict(Code.SEAT_TAKEN, "Seats A1 and A2 are taken.", [FieldError("a", "No."), FieldError("b.1", "No.")])
INVALID = ValidationError({"a": ["Too long."], "c": ["Too long.", "Too late."]})


class Form(forms.Form):
    a = forms.CharField()
    d = forms.CharField()


def form_errors(error, fields=None):
    form = Form({"a": "1", "d": "2"})
    add_refusal(form, error, fields)
    return {name: list(errors) for name, errors in form.errors.items()}


def test_a_conflict_has_one_message():
    assert describe_refusal(TAKEN) == (["Seats A1 and A2 are taken."], 409, Code.SEAT_TAKEN)


def test_a_conflict_in_detail_has_the_messages_of_its_fields_each_once():
    assert describe_refusal(TAKEN, in_detail=True).messages == ["No."]


def test_invalid_input_has_the_messages_of_its_fields_each_once():
    assert describe_refusal(INVALID).messages == ["Too long.", "Too late."]


def test_the_messages_are_shown_on_the_next_page(rf):
    request = rf.get("/")
    request._messages = CookieStorage(request)
    show_refusal(request, INVALID)
    assert [str(message) for message in get_messages(request)] == ["Too long.", "Too late."]


def test_a_form_shows_each_message_at_its_field_once():
    assert form_errors(INVALID) == {"a": ["Too long."], "__all__": ["Too long.", "Too late."]}
    assert form_errors(TAKEN) == {"__all__": ["Seats A1 and A2 are taken.", "No."], "a": ["No."]}


def test_a_form_may_have_other_names_for_the_fields():
    assert form_errors(INVALID, {"c": "d"}) == {"a": ["Too long."], "d": ["Too long.", "Too late."]}


def test_the_longer_message_of_a_conflict_stands_for_that_of_its_only_field():
    longer = Conflict(Code.ROOM_TAKEN, "Taken. Free from 20:00.", [FieldError("d", "Taken.")])
    assert form_errors(longer) == {"d": ["Taken. Free from 20:00."]}


@pytest.mark.parametrize("bug", [ProgrammingError("no such table"), IntegrityError("null value"), ZeroDivisionError()])
def test_a_bug_of_ours_is_raised_again(bug):
    for read in (describe_refusal, form_errors):
        with pytest.raises(type(bug)):
            read(bug)
