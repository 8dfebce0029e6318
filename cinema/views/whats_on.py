"""The programme."""

from datetime import date

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cinema.core.local_time import today
from cinema.forms.whats_on import ProgrammeForm
from cinema.queries import programme


@require_safe
def whats_on(request: HttpRequest) -> HttpResponse:
    """By day, today first, or by film. What the form refuses is said on it, and today is shown meanwhile."""
    form = ProgrammeForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    if asked.get("by"):
        return render(request, "cinema/programme/by_film.html", {"form": form, "films": programme.all_showings()})
    day, films = asked.get("date") or today(), []
    try:
        films = programme.showings_on_day(day)
    except ValidationError as error:
        form.add_error("date", error)
    days = sorted({today(), day, *programme.days_with_sessions()})
    context = {"form": form, "day": day, "days": days, "films": films, "total": number_of_sessions(films)}
    return render(request, "cinema/programme/by_day.html", context | {"next_day": following(days, day)})


def number_of_sessions(films: list[programme.Showing]) -> int:
    return sum(len(day.sessions) for film in films for day in film.days)


def following(days: list[date], day: date) -> date | None:
    """The next one with sessions."""
    return next((each for each in days if each > day), None)
