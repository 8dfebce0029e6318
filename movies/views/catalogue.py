"""The pages of the catalogue."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from movies import queries
from movies.forms.browse import BrowseForm
from movies.models import Movie
from movies.search import search

FILMS_IN_ROW = 12
FILMS_ON_PAGE = 24


def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "home.html",
        {
            "popular": queries.popular(FILMS_IN_ROW),
            "genre_rows": queries.genre_rows(films_each=FILMS_IN_ROW, at_least=4, limit=6),
            "films_total": queries.catalogue().count(),
        },
    )


def movie_list(request: HttpRequest) -> HttpResponse:
    """The grid. What the form refuses is said beside the field, and the grid shows all films meanwhile."""
    form = BrowseForm(request.GET or None)
    criteria = form.cleaned_data if form.is_valid() else {}
    films = found(criteria) if not form.errors else ordered(queries.catalogue(), "")
    page = Paginator(queries.for_cards(films), FILMS_ON_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "total": page.paginator.count, "genres": form.genres}
    return render(request, "movies/list.html", context)


def found(criteria: dict[str, Any]) -> QuerySet[Movie]:
    text, ordering = criteria.get("query", ""), criteria.get("ordering", "")
    films = queries.narrow(queries.catalogue(), **{k: v for k, v in criteria.items() if k not in {"query", "ordering"}})
    films = search(films, text)
    return films if text and not ordering else ordered(films, ordering)


def ordered(films: QuerySet[Movie], ordering: str) -> QuerySet[Movie]:
    name = ordering or "-popularity"
    key = queries.ORDERINGS[name.removeprefix("-")]
    return films.order_by(*(key.desc(), "-id") if name.startswith("-") else (key.asc(), "id"))


def movie_detail(request: HttpRequest, pk: int, slug: str) -> HttpResponseBase:
    movie = get_object_or_404(queries.for_detail(queries.visible_to(request.user)), pk=pk)
    address = movie.get_absolute_url()
    if request.path != address:
        return redirect(address, permanent=True)
    return render(request, "movies/detail.html", {"movie": movie, "similar": queries.similar_to(movie, FILMS_IN_ROW)})
