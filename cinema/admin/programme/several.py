"""Scheduling a film on several days and at several times: all of the sessions or none."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from cinema.admin.display import count_of
from cinema.admin.widgets import day_input, search_box, text_input
from cinema.core.local_time import to_utc
from cinema.models import MovieSession, Room
from cinema.programme import scheduling
from common.refusals import REFUSALS, add_refusal
from movies.models import Movie

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MOST_DAYS = 366


class SeveralForm(forms.Form):
    movie = forms.ModelChoiceField(Movie.objects.filter(owner=None).defer("search_vector"), label="Film")
    room = forms.ModelChoiceField(Room.objects.all(), widget=UnfoldAdminSelectWidget())
    first_day = forms.DateField(label="From", widget=day_input())
    last_day = forms.DateField(label="Until", widget=day_input(), help_text="Including this day.")
    weekdays = forms.TypedMultipleChoiceField(
        label="On",
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Tick none for every day.",
    )
    times = forms.CharField(
        label="At", widget=text_input(placeholder="14:00, 18:30, 21:15"), help_text="By the cinema's clock."
    )
    published = forms.BooleanField(
        required=False, initial=True, widget=UnfoldBooleanWidget(), help_text="Customers see published sessions only."
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["movie"].widget = search_box(MovieSession, "movie")
        self.fields["movie"].widget.choices = self.fields["movie"].choices  # type: ignore[attr-defined]

    def clean_times(self) -> list[time]:
        times: list[time] = []
        for text in filter(None, re.split(r"[\s,;]+", self.cleaned_data["times"])):
            try:
                times.append(datetime.strptime(text, "%H:%M").time())  # noqa: DTZ007 - an hour has no zone yet
            except ValueError as error:
                raise ValidationError(f"“{text[:20]}” is not a time. Write times as 14:00, 18:30.") from error
        return times

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            self.add_error("last_day", "The last day must not be before the first, and at most a year later.")
        return cleaned

    def starts(self) -> Iterator[datetime]:
        """Yield the start of each session. Raises ValidationError for a time that the clocks jump over."""
        cleaned = self.cleaned_data
        for day in _days(cleaned["first_day"], cleaned["last_day"]):
            if not cleaned["weekdays"] or day.weekday() in cleaned["weekdays"]:
                for at in cleaned["times"]:
                    yield to_utc(day, at)

    def schedule(self) -> list[MovieSession]:
        cleaned = self.cleaned_data
        rows = [
            {
                "movie": cleaned["movie"],
                "room": cleaned["room"],
                "starts_at": starts_at,
                "published": cleaned["published"],
            }
            for starts_at in self.starts()
        ]
        return scheduling.schedule_many(rows)


class SeveralMixin:
    """The page "Schedule several" of the admin of sessions."""

    admin_site: Any
    opts: Any
    media: Any

    @action(description="Schedule several", url_path="several", permissions=["add"], icon="calendar_add_on")
    def several(self, request: HttpRequest) -> HttpResponse:
        form = SeveralForm(request.POST or None)
        if form.is_valid():
            try:
                sessions = form.schedule()
            except REFUSALS as error:
                add_refusal(form, error)
            else:
                for session in sessions:
                    self.log_addition(request, session, [{"added": {}}])  # type: ignore[attr-defined]
                messages.success(request, f"{count_of(len(sessions), 'session')} scheduled.")
                return redirect(reverse("admin:cinema_moviesession_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Schedule several sessions",
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
            "button": "Schedule them",
        }
        return TemplateResponse(request, "admin/cinema/several.html", context)


def _days(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)
