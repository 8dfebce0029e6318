"""What is the visitor's own on pages that are the same for everybody, for the script that fills it in.

The templates are those of the pages, which have everything in place wherever Django knows the visitor: without
JavaScript, or before the script has said that it runs (static/common/visitor.js).
"""

import re
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.people.requests import signed_in_user
from movies.models import Movie
from movies.queries.films import for_detail, listed_films, visible_films
from movies.queries.library import unrated_films, watchlist_films, watchlist_flags
from movies.queries.ratings import newest_reviews
from movies.views.catalogue import FILMS_IN_ROW
from movies.views.film import REVIEWS_ON_PAGE, describe_yours

MOST_FILMS = 300
ID = re.compile(r"[1-9][0-9]{0,17}")


@require_safe
def parts(request: HttpRequest) -> HttpResponse:
    """Render the own parts of the page at `path`, with the buttons of `films`, ids separated by commas.

    204 for a visitor who is not signed in, or no longer.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    user = signed_in_user(request)
    path = _get_path(request)
    match = _find_page(path)
    name = match.view_name if match else ""
    ids = [int(text) for text in request.GET.get("films", "").split(",")[:MOST_FILMS] if ID.fullmatch(text)]
    context: dict[str, Any] = {
        "swapped": True,
        "page_path": path,
        "is_home": match.view_name == "home" if match else False,
    }
    if context["is_home"]:
        context |= {"watchlist": watchlist_films(user, FILMS_IN_ROW), "unrated": unrated_films(user, FILMS_IN_ROW)}
    elif match and name == "movies:detail":
        context |= _describe_film(user, match.kwargs["pk"])
        ids = [pk for pk in ids if pk != match.kwargs["pk"]]
    context["films"] = listed_films(user).filter(pk__in=ids).only("title")
    context["kept"] = watchlist_flags(user)
    return render(request, "movies/parts/page.html", context)


def _get_path(request: HttpRequest) -> str:
    """Return the path and query of the page, which must be of this site."""
    path = request.GET.get("path", "")
    return path if url_has_allowed_host_and_scheme(path, None) else "/"


def _find_page(path: str) -> ResolverMatch | None:
    try:
        return resolve(urlsplit(path).path)
    except (Resolver404, ValueError):
        return None


def _describe_film(user: User, pk: int) -> dict[str, Any]:
    """Return the user's own of a film's page; its reviews only if some have other links than for everybody."""
    movie: Movie | None = for_detail(visible_films(user)).filter(pk=pk).first()
    if movie is None:
        return {}
    context = {"movie": movie, **describe_yours(user, movie)}
    if user.is_staff or (context["mine"] and context["mine"].review):
        context["reviews"] = newest_reviews(movie, REVIEWS_ON_PAGE)
    return context
