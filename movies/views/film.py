"""The page of a film, with the visitor's own rating and viewings."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from accounts.people.requests import MemberRequest
from common.finished.declarations import finished
from common.http.caching import public_page
from movies.forms.history import SeenForm
from movies.forms.ratings import RatingForm
from movies.models import Movie, Rating, Viewing
from movies.queries.films import for_detail, get_film, read_film, similar_films, visible_films
from movies.queries.ratings import newest_reviews, rating_counts, with_hidden_reason, with_verified

SIMILAR_FILMS = 12
REVIEWS_ON_PAGE = 10
VIEWINGS_ON_PAGE = 3
# What a film's page is made from; and how long it may be shown, as holds and sessions end without a change.
FILM_KINDS = ("films", "genres", "ratings", "people", "programme", "tickets")
SHOWN_SECONDS = 10
# The anchor of the visitor's own section; messages with this tag are shown there.
YOURS = "yours"


@finished(*FILM_KINDS, seconds=SHOWN_SECONDS)
@public_page
def movie_detail(request: HttpRequest, pk: int, slug: str) -> HttpResponseBase:
    movie = read_film(request.user, pk)
    address = movie.get_absolute_url()
    if request.path != address:
        return redirect(address, permanent=True)
    return render_film_page(request, movie)


def render_film_page(
    request: HttpRequest, movie: Movie, rating_form: RatingForm | None = None, seen_form: SeenForm | None = None
) -> HttpResponse:
    """Render the page, with the forms and their errors if one was refused."""
    context: dict[str, Any] = {"movie": movie, "similar": similar_films(movie, SIMILAR_FILMS)}
    context["reviews"] = newest_reviews(movie, REVIEWS_ON_PAGE)
    if movie.ratings_count:
        context["spread"] = rating_counts(movie)
    if request.user.is_authenticated:
        context |= describe_yours(request.user, movie, rating_form, seen_form)
    return render(request, "movies/catalogue/detail.html", context)


def describe_yours(
    user: User, movie: Movie, rating_form: RatingForm | None = None, seen_form: SeenForm | None = None
) -> dict[str, Any]:
    """Return what the section "Your rating" shows of the user's own, with its forms."""
    mine = with_hidden_reason(with_verified(Rating.objects.filter(user=user, movie=movie))).first()
    current = {"rating": mine.rating, "review": mine.review} if mine else {}
    return {
        "mine": mine,
        "viewings": Viewing.objects.filter(user=user, movie=movie)[:VIEWINGS_ON_PAGE],
        "rating_form": rating_form or RatingForm(initial=current),
        "seen_form": seen_form or SeenForm(),
    }


def film_page_action(act: Callable[[MemberRequest, Movie], HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate the view of a form on a film's page. After signing in, a visitor is sent back to that page."""

    @wraps(act)
    def view(request: MemberRequest, pk: int) -> HttpResponse:
        page = reverse("movies:detail", args=[pk, "film"])  # redirects to the film's own address
        if not request.user.is_authenticated:
            sign_in = redirect_to_login(page)
            return HttpResponseClientRedirect(sign_in.url) if request.htmx else sign_in
        if request.method != "POST":
            return redirect(page)
        return act(request, get_film(for_detail(visible_films(request.user)), pk))

    return view


def redirect_to_film(movie: Movie) -> HttpResponse:
    return redirect(f"{movie.get_absolute_url()}#{YOURS}")
