"""The page of the viewing history, and the form "I've seen it" on a film's page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.people.requests import MemberRequest
from common.errors import Conflict
from movies.forms.history import SeenForm
from movies.library import history
from movies.models import Movie, Viewing
from movies.queries.library import with_film
from movies.views.film import YOURS, film_page_action, redirect_to_film, render_film_page

VIEWINGS_ON_PAGE = 50


@film_page_action
def add_viewing(request: MemberRequest, movie: Movie) -> HttpResponse:
    form = SeenForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                history.add_viewing(request.user, movie, history.noon_of(form.cleaned_data["day"]))
        except ValidationError as error:
            form.add_error("day", error.messages)
        except IntegrityError:
            form.add_error("day", "This day is already in your history.")
        else:
            messages.success(request, "Added to your history.", extra_tags=YOURS)
            return redirect_to_film(movie)
    return render_film_page(request, movie, seen_form=form)


@login_required
@require_safe
def own_history(request: MemberRequest) -> HttpResponse:
    viewings = with_film(Viewing.objects.filter(user=request.user)).prefetch_related("movie__genres")
    page = Paginator(viewings.order_by("-watched_at", "-id"), VIEWINGS_ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "movies/history/own.html", {"page": page, "total": page.paginator.count})


@login_required
@require_POST
def remove_viewing(request: MemberRequest, pk: int) -> HttpResponse:
    viewing = get_object_or_404(Viewing.objects.select_related("movie"), pk=pk, user=request.user)
    try:
        history.delete_viewing(viewing)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"“{viewing.movie.title}” is no longer in your history.")
    return redirect("history")
