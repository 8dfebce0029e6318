"""Rating on a film's page, the page of all its ratings, and the page of the user's own ratings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from accounts.people.requests import MemberRequest
from common.finished.declarations import finished
from common.http.caching import public_page
from movies.forms.ratings import RatingForm, RatingOrderForm
from movies.library import ratings
from movies.models import Movie, Rating
from movies.queries.films import for_cards, get_film, visible_films
from movies.queries.library import with_film
from movies.queries.ratings import rating_counts, with_hidden_reason, with_published_review, with_verified
from movies.views.film import YOURS, film_page_action, redirect_to_film, render_film_page

RATINGS_ON_PAGE = 24


@film_page_action
def save_rating(request: MemberRequest, movie: Movie) -> HttpResponse:
    form = RatingForm(request.POST)
    if form.is_valid():
        try:
            ratings.save_rating(request.user, movie, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except IntegrityError as error:  # the film was deleted by another request
            raise Http404 from error
        else:
            messages.success(request, "Your rating has been saved.", extra_tags=YOURS)
            return redirect_to_film(movie)
    return render_film_page(request, movie, rating_form=form)


@film_page_action
def remove_rating(request: MemberRequest, movie: Movie) -> HttpResponse:
    """Delete the rating, and redirect to `next` if it is an address of this site, else to the film."""
    for rating in Rating.objects.filter(user=request.user, movie=movie):
        ratings.delete_rating(rating)
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        messages.success(request, f"Your rating of “{movie.title}” has been deleted.")
        return redirect(back)
    messages.success(request, "Your rating has been deleted.", extra_tags=YOURS)
    return redirect_to_film(movie)


@finished("films", "ratings", "people", for_signed_in=False)  # their own review has other links
@public_page
@require_safe
def movie_ratings(request: HttpRequest, pk: int, slug: str) -> HttpResponseBase:
    movie = get_film(for_cards(visible_films(request.user)), pk)
    address = f"{movie.get_absolute_url()}ratings/"
    if request.path != address:
        return redirect(address, permanent=True)
    all_ratings = with_published_review(movie.ratings.order_by("-created_at", "-id"))
    page = Paginator(all_ratings, RATINGS_ON_PAGE).get_page(request.GET.get("page"))
    context = {"movie": movie, "page": page, "spread": rating_counts(movie)}
    return render(request, "movies/ratings/of_movie.html", context)


@login_required
@require_safe
def own_ratings(request: MemberRequest) -> HttpResponse:
    form = RatingOrderForm(request.GET)
    rated = with_hidden_reason(with_verified(with_film(Rating.objects.filter(user=request.user))))
    rated = rated.prefetch_related("movie__genres")
    page = Paginator(rated.order_by(*form.order_by()), RATINGS_ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "movies/ratings/own.html", {"form": form, "page": page, "total": page.paginator.count})
