"""Suggestions of the search field."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.finished.declarations import finished
from common.http.caching import public_page
from common.limits.costs import costs
from movies.queries.films import for_cards, listed_films
from movies.search.matching import search
from movies.search.tokens import MAX_QUERY

FILMS_SHOWN = 7


@finished("films", for_signed_in=False)  # it finds their private films
@costs("suggest")
@public_page
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Render the best few films for `query`, the user's private films included, as a fragment of a page."""
    text = request.GET.get("query", "")[:MAX_QUERY].strip()
    found = search(for_cards(listed_films(request.user)), text, request.user)
    context = {"films": list(found.films[:FILMS_SHOWN]), "corrected": found.corrected, "is_wider": found.is_wider}
    return render(request, "movies/search/suggestions.html", context)
