"""The home page and the grid of films."""

from dataclasses import replace
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from common.database.counting import BoundedPaginator, count_rows
from common.finished.declarations import finished
from common.http.caching import public_page
from common.limits.costs import costs
from movies.forms.browse import BrowseForm
from movies.models import Movie
from movies.queries.cards import card_films, to_cards
from movies.queries.films import (
    ORDERINGS,
    coming_soon_films,
    filter_films,
    find_film,
    listed_films,
    popular_films,
    public_films,
)
from movies.queries.genres import top_genres
from movies.queries.library import unrated_films, watchlist_films
from movies.search.matching import Found, search
from movies.views.film import SHOWN_SECONDS

FILMS_IN_ROW = 12
HOME_KINDS = ("films", "genres", "programme", "tickets")
FILMS_ON_PAGE = 24


@finished(*HOME_KINDS, seconds=SHOWN_SECONDS)
@public_page
def home(request: HttpRequest) -> HttpResponse:
    popular = popular_films(FILMS_IN_ROW)
    return render(
        request,
        "movies/catalogue/home.html",
        {
            "popular": popular,
            "first": find_film(AnonymousUser(), popular[0].pk) if popular else None,
            "coming_soon": coming_soon_films(FILMS_IN_ROW),
            "watchlist": watchlist_films(request.user, FILMS_IN_ROW),
            "unrated": unrated_films(request.user, FILMS_IN_ROW),
            "genre_rows": top_genres(films_each=FILMS_IN_ROW, at_least=4, limit=6),
            "films_total": count_rows(public_films()),
        },
    )


@finished("films", "genres", own_with=["query"])  # a search finds private films
@costs("search", when=lambda request: bool(request.GET.get("query")))
@public_page
def movie_list(request: HttpRequest) -> HttpResponse:
    """Render the grid of films. While the form has errors, the films are not filtered."""
    form = BrowseForm(request.GET or None)
    criteria = form.cleaned_data if form.is_valid() else {}
    found = _find_films(request.user, criteria) if not form.errors else Found(_order(public_films(), ""))
    page: Page[Any] = BoundedPaginator(found.films, FILMS_ON_PAGE).get_page(request.GET.get("page"))
    page.object_list = to_cards(card_films(cast("QuerySet[Movie]", page.object_list)))
    context = {"form": form, "page": page, "total": page.paginator.count, "genres": form.genres}
    context |= {"corrected": found.corrected, "is_wider": found.is_wider}
    return render(request, "movies/catalogue/list.html", context)


def _find_films(user: User | AnonymousUser, criteria: dict[str, Any]) -> Found:
    """Return the films of the grid. A search also finds the user's private films."""
    text, ordering = criteria.get("query", ""), criteria.get("ordering", "")
    films = listed_films(user) if text else public_films()
    films = filter_films(films, **{k: v for k, v in criteria.items() if k not in {"query", "ordering"}})
    if not text:
        return Found(_order(films, ordering))
    found = search(films, text, user)
    return replace(found, films=_order(found.films, ordering)) if ordering else found


def _order(films: QuerySet[Movie], ordering: str) -> QuerySet[Movie]:
    name = ordering or "-popularity"
    key = ORDERINGS[name.removeprefix("-")]
    return films.order_by(*(key.desc(), "-id") if name.startswith("-") else (key.asc(), "id"))
