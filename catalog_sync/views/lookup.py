"""The page where visitors look up a film that we may not have."""

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.people.requests import VisitorRequest
from catalog_sync import lookup
from catalog_sync.forms import LookupForm
from catalog_sync.lookup.limits import check_lookup_limit
from common.api.problems import Problem, describe
from common.errors import DomainError, NotFound, TooManyRequests, UpstreamUnavailable
from movies.models import Movie


@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: VisitorRequest) -> HttpResponseBase:
    """Show the form, or look up a film: only by POST, so that no crawler spends the day's allowance."""
    if request.method != "POST":
        return _render_page(
            request, LookupForm(initial={name: request.GET.get(name, "") for name in ("title", "year")})
        )
    form = LookupForm(request.POST)
    if not form.is_valid():
        return _render_page(request, form)
    try:
        movie = _find_film(request, form)
    except (NotFound, TooManyRequests, UpstreamUnavailable) as error:
        return _render_page(request, form, error)
    if movie is None:
        return _render_page(request, form)
    address = movie.get_absolute_url()
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _find_film(request: HttpRequest, form: LookupForm) -> Movie | None:
    """Return the film; None for an invalid query, with the errors in the form."""
    try:
        return lookup.find(**form.query(), check_limit=partial(check_lookup_limit, request))
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            form.add_error(name if name in form.fields else "title", messages)
    return None


def _render_page(request: VisitorRequest, form: LookupForm, error: DomainError | None = None) -> HttpResponse:
    context: dict[str, Any] = {"form": form}
    problem = describe(error) if error else None
    if error and problem:
        context |= {"problem": type(error).__name__, "sentence": problem.message, "wait": error.wait or 0}
        context["details"] = error.details
    response = render(request, "catalog_sync/lookup/page.html", context)
    if problem and not request.htmx:
        _set_status(response, problem)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _set_status(response: HttpResponse, problem: Problem) -> None:
    """Set status and headers as the API does; not for htmx, which shows only successes."""
    response.status_code = problem.status
    for name, value in problem.headers.items():
        response.headers[name] = value
