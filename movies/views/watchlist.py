"""The page of one's watchlist, and the buttons that every film has."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from accounts.people.requests import MemberRequest, VisitorRequest
from movies.forms.watchlist import WatchlistForm
from movies.library import watchlist
from movies.models import Movie, WatchlistItem
from movies.queries.films import visible_films
from movies.queries.library import WATCHLIST_ORDERINGS, watchlist_flags, watchlist_items
from movies.templatetags.library import CARD, LOOKS

FILMS_ON_PAGE = 24
PLAYING = "playing"

# Each button says what it wants, not "the other way round": pressed twice, or on a page that is out of date, it does
# what its reader saw.
WISHES: dict[str, Callable[[User, Movie], None]] = {
    "keep": watchlist.keep,
    "drop": watchlist.drop,
    "favor": watchlist.favor,
    "unfavor": watchlist.unfavor,
}
SAID = {
    "keep": "“{}” has been added to your watchlist.",
    "drop": "“{}” has been removed from your watchlist.",
    "favor": "“{}” is now one of your favourites.",
    "unfavor": "“{}” is no longer one of your favourites.",
}
MOVIE = forms.IntegerField(min_value=1)


@never_cache
@login_required
@require_GET
def watchlist_page(request: MemberRequest) -> HttpResponse:
    """One's own list. What the form refuses is said on it, and the list is shown whole meanwhile."""
    form = WatchlistForm(request.GET)
    criteria = form.cleaned_data if form.is_valid() else {}
    items = watchlist_items(request.user)
    if criteria.get("favorite"):
        items = items.filter(is_favorite=True)
    ordering = criteria.get("ordering") or PLAYING
    page = Paginator(ordered(items, ordering), FILMS_ON_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "total": page.paginator.count,
        "favorites": bool(criteria.get("favorite")),
        "playing_first": ordering == PLAYING,
    }
    return render(request, "movies/watchlist/list.html", context)


def ordered(items: QuerySet[WatchlistItem], ordering: str) -> QuerySet[WatchlistItem]:
    key = WATCHLIST_ORDERINGS[ordering.removeprefix("-")]
    return items.order_by(*(key.desc(), "-id") if ordering.startswith("-") else (key.asc(), "id"))


@never_cache
@require_POST
def toggle(request: VisitorRequest) -> HttpResponse:
    """One wish (`keep`, `drop`, `favor` or `unfavor`) for the film whose id it has; then back to `next`."""
    back = came_from(request)
    if not request.user.is_authenticated:
        sign_in = redirect_to_login(back)
        return HttpResponseClientRedirect(sign_in.url) if request.htmx else sign_in
    wish = next((name for name in WISHES if name in request.POST), None)
    if wish is None:
        raise BadRequest("Unknown action.")
    movie = asked_film(request, request.POST[wish])
    try:
        WISHES[wish](request.user, movie)
    except IntegrityError as error:  # the film was deleted in this moment
        raise Http404 from error
    if not request.htmx:
        messages.success(request, SAID[wish].format(movie.title))
        return redirect(back)
    context = {"movie": movie, "look": look(request), "kept": watchlist_flags(request.user, [movie.pk])}
    return render(request, "movies/watchlist/pressed.html", context)


def came_from(request: HttpRequest) -> str:
    """The page of this site that `next` names, else the watchlist."""
    address = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else resolve_url("watchlist")


def look(request: HttpRequest) -> str:
    asked = request.POST.get("look", "")
    return asked if asked in LOOKS else CARD


def asked_film(request: HttpRequest, given: str) -> Movie:
    """404 for what is not a film, not there, or somebody else's."""
    try:
        pk = MOVIE.clean(given)
    except forms.ValidationError as error:
        raise Http404 from error
    return get_object_or_404(visible_films(request.user), pk=pk)
