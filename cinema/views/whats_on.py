"""The programme page."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cinema.core.local_time import today
from cinema.forms.whats_on import ProgrammeForm
from cinema.queries import programme
from common.finished.declarations import finished
from common.http.caching import public_page
from movies.views.film import SHOWN_SECONDS


@finished("films", "genres", "programme", "tickets", seconds=SHOWN_SECONDS)
@public_page
@require_safe
def whats_on(request: HttpRequest) -> HttpResponse:
    """Show the programme of a day, by default today, or by film. With an invalid day, show today and the error."""
    form = ProgrammeForm(request.GET)
    filters = form.cleaned_data if form.is_valid() else {}
    if filters.get("by"):
        return render(request, "cinema/programme/by_film.html", {"form": form, "films": programme.all_showings()})
    day, films = filters.get("date") or today(), []
    try:
        films = programme.showings_on_day(day)
    except ValidationError as error:
        form.add_error("date", error)
    days = sorted({today(), day, *programme.days_with_sessions()})
    context = {
        "form": form,
        "day": day,
        "days": days,
        "films": films,
        "total": sum(len(each.sessions) for film in films for each in film.days),
        "next_day": next((each for each in days if each > day), None),
    }
    return render(request, "cinema/programme/by_day.html", context)
