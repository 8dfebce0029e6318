"""Pages of the user's private films. Other films answer 404."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import ProtectedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.people.requests import MemberRequest
from common.limits.costs import costs, writes
from common.refusals import REFUSALS, add_refusal
from movies.catalogue import editing
from movies.forms.films import OwnFilmForm
from movies.models import Movie
from movies.posters import files, uploads
from movies.posters.store import StoreUnavailable
from movies.queries.films import for_cards, for_detail, private_films
from movies.queries.library import count_dependents

FILMS_ON_PAGE = 24


@login_required
@require_safe
def film_list(request: MemberRequest) -> HttpResponse:
    films = for_cards(private_films(request.user)).order_by("-created_at", "-id")
    page = Paginator(films, FILMS_ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "movies/own_films/list.html", {"page": page, "total": page.paginator.count})


@costs("pictures", when=writes)
@login_required
def add_film(request: MemberRequest) -> HttpResponse:
    """Add a private film. Managers are sent to the admin, where they add films to the catalogue."""
    if request.user.is_staff:
        return redirect("admin:movies_movie_add")
    form = OwnFilmForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (movie := _save_film(request, form)):
        messages.success(request, f"“{movie.title}” has been added. Only you can see it.")
        return redirect(movie)
    form.focus_first_error()
    return render(request, "movies/own_films/form.html", {"form": form})


@costs("pictures", when=writes)
@login_required
def edit_film(request: MemberRequest, pk: int) -> HttpResponse:
    movie = _get_own_film(request, pk)
    form = OwnFilmForm(request.POST or None, request.FILES or None, instance=movie)
    if request.method == "POST" and form.is_valid() and (changed := _save_film(request, form, movie)):
        messages.success(request, f"“{changed.title}” has been saved.")
        return redirect(changed)
    form.focus_first_error()
    return render(request, "movies/own_films/form.html", {"form": form, "movie": movie})


@login_required
def delete_film(request: MemberRequest, pk: int) -> HttpResponse:
    movie = _get_own_film(request, pk)
    if request.method == "POST":
        try:
            editing.delete_film(movie)
        except ProtectedError:
            messages.error(request, f"Other things still depend on “{movie.title}”, so it can’t be deleted.")
            return redirect(movie)
        messages.success(request, f"“{movie.title}” has been deleted.")
        return redirect("my_movies:list")
    return render(request, "movies/own_films/delete.html", {"movie": movie, "losses": count_dependents([movie.pk])})


def _get_own_film(request: MemberRequest, pk: int) -> Movie:
    return get_object_or_404(for_detail(private_films(request.user)), pk=pk)


def _save_film(request: MemberRequest, form: OwnFilmForm, movie: Movie | None = None) -> Movie | None:
    """Create or change a film together with its poster, all or nothing.

    If that is refused, add the reason to the form and return None.
    """
    user, poster = request.user, form.cleaned_data["poster"]
    try:
        # Both are one transaction; with a poster, its files are stored before.
        with files.store_files(poster) if poster else transaction.atomic() as key:
            film = editing.edit_film(movie, user, form.changes()) if movie else editing.create_film(user, form.values())
            if key:
                uploads.change_poster_key(film, key, by_hand=True)
            elif form.cleaned_data.get("remove_poster"):
                uploads.remove_poster(film)
            return film
    except StoreUnavailable:
        form.add_error("poster", "Posters can't be stored right now. Save without it, or try again in a moment.")
    except REFUSALS as error:
        add_refusal(form, error)
    return None
