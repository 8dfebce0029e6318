"""The watchlist page, and the watchlist buttons of every film."""

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
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from accounts.people.requests import MemberRequest, VisitorRequest
from movies.forms.watchlist import WatchlistForm
from movies.library import watchlist
from movies.models import Movie, WatchlistItem
from movies.queries.films import get_film, visible_films
from movies.queries.library import WATCHLIST_ORDERINGS, watchlist_flags, watchlist_items
from movies.templatetags.library import CARD, LOOKS

FILMS_ON_PAGE = 24
PLAYING = "playing"

# Buttons name the wanted state instead of toggling it, so that pressing twice or on an outdated page does what the
# visitor saw.
ACTIONS: dict[str, Callable[[User, Movie], None]] = {
    "keep": watchlist.keep_film,
    "drop": watchlist.drop_film,
    "favor": watchlist.mark_favorite,
    "unfavor": watchlist.unmark_favorite,
}
MESSAGES = {
    "keep": "“{}” has been added to your watchlist.",
    "drop": "“{}” has been removed from your watchlist.",
    "favor": "“{}” is now one of your favourites.",
    "unfavor": "“{}” is no longer one of your favourites.",
}
MOVIE_ID = forms.IntegerField(min_value=1)


@login_required
@require_safe
def watchlist_page(request: MemberRequest) -> HttpResponse:
    """Render the user's watchlist. While the form has errors, the list is not filtered."""
    form = WatchlistForm(request.GET)
    criteria = form.cleaned_data if form.is_valid() else {}
    items = watchlist_items(request.user)
    if criteria.get("favorite"):
        items = items.filter(is_favorite=True)
    ordering = criteria.get("ordering") or PLAYING
    page = Paginator(_order(items, ordering), FILMS_ON_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "total": page.paginator.count,
        "favorites": bool(criteria.get("favorite")),
        "playing_first": ordering == PLAYING,
    }
    return render(request, "movies/watchlist/list.html", context)


def _order(items: QuerySet[WatchlistItem], ordering: str) -> QuerySet[WatchlistItem]:
    key = WATCHLIST_ORDERINGS[ordering.removeprefix("-")]
    return items.order_by(*(key.desc(), "-id") if ordering.startswith("-") else (key.asc(), "id"))


@require_POST
def toggle(request: VisitorRequest) -> HttpResponse:
    """Apply the action `keep`, `drop`, `favor` or `unfavor` to the film of this id; then redirect to `next`."""
    back = _get_return_address(request)
    if not request.user.is_authenticated:
        sign_in = redirect_to_login(back)
        return HttpResponseClientRedirect(sign_in.url) if request.htmx else sign_in
    action = next((name for name in ACTIONS if name in request.POST), None)
    if action is None:
        raise BadRequest("Unknown action.")
    movie = _get_film(request, request.POST[action])
    try:
        ACTIONS[action](request.user, movie)
    except IntegrityError as error:  # the film was deleted by another request
        raise Http404 from error
    if not request.htmx:
        messages.success(request, MESSAGES[action].format(movie.title))
        return redirect(back)
    context = {"movie": movie, "look": _get_look(request), "kept": watchlist_flags(request.user, [movie.pk])}
    return render(request, "movies/watchlist/toggled.html", context)


def _get_return_address(request: HttpRequest) -> str:
    """Return `next` if it is an address of this site, else the address of the watchlist."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_ours else resolve_url("watchlist")


def _get_look(request: HttpRequest) -> str:
    look = request.POST.get("look", "")
    return look if look in LOOKS else CARD


def _get_film(request: HttpRequest, value: str) -> Movie:
    """Return the film of this id. Raise Http404 for an invalid id, and for films the user cannot see."""
    try:
        pk = MOVIE_ID.clean(value)
    except forms.ValidationError as error:
        raise Http404 from error
    return get_film(visible_films(request.user), pk)
