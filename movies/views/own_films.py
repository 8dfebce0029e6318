"""The pages of one's private films. Somebody else's film, or the catalogue's, is not there."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.people.requests import MemberRequest
from common.errors import Conflict
from movies.catalogue import editing
from movies.forms.films import OwnFilmForm
from movies.models import Movie
from movies.posters import files, uploads
from movies.posters.store import StoreUnavailable
from movies.queries.films import for_cards, for_detail, private_films
from movies.queries.library import count_dependents

FILMS_ON_PAGE = 24


@never_cache
@login_required
@require_GET
def film_list(request: MemberRequest) -> HttpResponse:
    films = for_cards(private_films(request.user)).order_by("-created_at", "-id")
    page = Paginator(films, FILMS_ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "movies/own_films/list.html", {"page": page, "total": page.paginator.count})


@never_cache
@login_required
def add(request: MemberRequest) -> HttpResponse:
    """Managers write the catalogue, which the admin is for."""
    if request.user.is_staff:
        return redirect("admin:movies_movie_add")
    form = OwnFilmForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (movie := written(request, form)):
        messages.success(request, f"“{movie.title}” has been added. Only you can see it.")
        return redirect(movie)
    form.focus_on_what_is_wrong()
    return render(request, "movies/own_films/form.html", {"form": form})


@never_cache
@login_required
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    movie = own_film(request, pk)
    form = OwnFilmForm(request.POST or None, request.FILES or None, instance=movie)
    if request.method == "POST" and form.is_valid() and (changed := written(request, form, movie)):
        messages.success(request, f"“{changed.title}” is saved.")
        return redirect(changed)
    form.focus_on_what_is_wrong()
    return render(request, "movies/own_films/form.html", {"form": form, "movie": movie})


@never_cache
@login_required
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    movie = own_film(request, pk)
    if request.method == "POST":
        try:
            editing.delete_film(movie)
        except ProtectedError:
            messages.error(request, f"Other things still depend on “{movie.title}”, so it can’t be deleted.")
            return redirect(movie)
        messages.success(request, f"“{movie.title}” is deleted.")
        return redirect("my_movies:list")
    return render(request, "movies/own_films/delete.html", {"movie": movie, "losses": count_dependents([movie.pk])})


def own_film(request: MemberRequest, pk: int) -> Movie:
    return get_object_or_404(for_detail(private_films(request.user)), pk=pk)


def written(request: MemberRequest, form: OwnFilmForm, movie: Movie | None = None) -> Movie | None:
    """The film as it was written with its poster, both or neither; None if it was refused, and the form says why."""
    try:
        return write(request.user, form, movie)
    except StoreUnavailable:
        form.add_error("poster", "Posters can't be stored just now. Save without it, or try again in a moment.")
    except (ValidationError, IntegrityError, Conflict) as error:
        form.refuse(error)
    return None


def write(by: User, form: OwnFilmForm, movie: Movie | None) -> Movie:
    poster = form.cleaned_data["poster"]
    # Either is one transaction; with a poster, one in which its files are in the store.
    with files.store_files(poster) if poster else transaction.atomic() as key:
        film = editing.edit_film(movie, by, form.changes()) if movie else editing.create_film(by, form.facts())
        if key:
            uploads.change_poster_key(film, key, by_hand=True)
        elif form.cleaned_data.get("remove_poster"):
            uploads.remove_poster(film)
        return film
