"""The page that asks customers to rate a film they saw, linked from a notification and its mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.notifications import read_marks
from accounts.people.requests import MemberRequest
from movies.forms.ratings import OneTapForm
from movies.library import ratings
from movies.models import Movie, Rating
from movies.models.limits import RATINGS
from movies.queries.films import for_cards, get_film, visible_films


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def how_was_it_page(request: MemberRequest, pk: int) -> HttpResponse:
    """Save a rating by one tap. Links of the mail only preselect `rating`, because mail scanners open every link."""
    movie = get_film(for_cards(visible_films(request.user)), pk)
    form = OneTapForm(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST" and form.is_valid():
        _save_rating(request, movie, form.cleaned_data["rating"])
        messages.success(request, "Thank you! Your rating has been saved.")
        return redirect(request.path)
    mine = Rating.objects.filter(user=request.user, movie=movie).first()
    current = (mine.rating if mine else None) or 0
    chosen = form.cleaned_data["rating"] if form.is_valid() else 0
    context = {
        "movie": movie,
        "mine": mine,
        "rated": current,
        "chosen": chosen if chosen != current else 0,
        "lit": chosen or current,
        "refused": form.errors.get("rating") if request.method == "POST" else None,
        "ratings": RATINGS,
    }
    return render(request, "movies/ratings/how_was_it.html", context, status=400 if context["refused"] else 200)


def _save_rating(request: MemberRequest, movie: Movie, rating: int) -> None:
    try:
        ratings.save_rating(request.user, movie, rating)
    except IntegrityError as error:  # the film was deleted by another request
        raise Http404 from error
    read_marks.mark_answered(request.user, ratings.REQUEST_KIND, request.path)
