"""The pages of the catalogue."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from movies.forms.browse import BrowseForm
from movies.models import Movie
from movies.queries.films import ORDERINGS, catalogue_films, filter_films, for_cards, popular_films, visible_films
from movies.queries.genres import top_genres
from movies.queries.library import unrated_films, watchlist_films
from movies.search.matching import search

FILMS_IN_ROW = 12
FILMS_ON_PAGE = 24


def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "movies/catalogue/home.html",
        {
            "popular": popular_films(FILMS_IN_ROW),
            "wanted": watchlist_films(request.user, FILMS_IN_ROW),
            "unrated": unrated_films(request.user, FILMS_IN_ROW),
            "genre_rows": top_genres(films_each=FILMS_IN_ROW, at_least=4, limit=6),
            "films_total": catalogue_films().count(),
        },
    )


def movie_list(request: HttpRequest) -> HttpResponse:
    """The grid. What the form refuses is said beside the field, and the grid shows all films meanwhile."""
    form = BrowseForm(request.GET or None)
    criteria = form.cleaned_data if form.is_valid() else {}
    films, corrected = found(request.user, criteria) if not form.errors else (ordered(catalogue_films(), ""), None)
    page = Paginator(for_cards(films), FILMS_ON_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "total": page.paginator.count, "genres": form.genres}
    context["corrected"] = corrected
    return render(request, "movies/catalogue/list.html", context)


def found(user: User | AnonymousUser, criteria: dict[str, Any]) -> tuple[QuerySet[Movie], str | None]:
    """The films, and what was understood where nothing matches the query. A search finds one's own films as well."""
    text, ordering = criteria.get("query", ""), criteria.get("ordering", "")
    films = visible_films(user) if text else catalogue_films()
    films = filter_films(films, **{k: v for k, v in criteria.items() if k not in {"query", "ordering"}})
    result = search(films, text, user)
    by_match = result.has_words and not ordering
    return result.films if by_match else ordered(result.films, ordering), result.corrected


def ordered(films: QuerySet[Movie], ordering: str) -> QuerySet[Movie]:
    name = ordering or "-popularity"
    key = ORDERINGS[name.removeprefix("-")]
    return films.order_by(*(key.desc(), "-id") if name.startswith("-") else (key.asc(), "id"))
