"""The page where anybody can ask for a film that we may not have."""

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.people.requests import VisitorRequest
from catalog_sync import lookup
from catalog_sync.forms import LookupForm
from catalog_sync.lookup.limits import check_lookup_limit
from common.api.problems import Problem, describe
from common.errors import DomainError, NotFound, TooManyRequests, UpstreamUnavailable
from movies.models import Movie


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: VisitorRequest) -> HttpResponseBase:
    """Only a POST asks anybody, so that no crawler spends the day's allowance."""
    if request.method != "POST":
        return page(request, LookupForm(initial={name: request.GET.get(name, "") for name in ("title", "year")}))
    form = LookupForm(request.POST)
    if not form.is_valid():
        return page(request, form)
    try:
        movie = found(request, form)
    except (NotFound, TooManyRequests, UpstreamUnavailable) as trouble:
        return page(request, form, trouble)
    if movie is None:
        return page(request, form)
    address = movie.get_absolute_url()
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def found(request: HttpRequest, form: LookupForm) -> Movie | None:
    """None when it cannot be asked, and the form says why."""
    try:
        return lookup.find(**form.asked(), check_limit=partial(check_lookup_limit, request))
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            form.add_error(name if name in form.fields else "title", messages)
    return None


def page(request: VisitorRequest, form: LookupForm, trouble: DomainError | None = None) -> HttpResponse:
    context: dict[str, Any] = {"form": form}
    problem = describe(trouble) if trouble else None
    if trouble and problem:
        context |= {"trouble": type(trouble).__name__, "sentence": problem.message, "wait": trouble.wait or 0}
    response = render(request, "catalog_sync/lookup/page.html", context)
    if problem and not request.htmx:
        say_so(response, problem)
    patch_vary_headers(response, ["HX-Request"])
    return response


def say_so(response: HttpResponse, problem: Problem) -> None:
    """As the API does; htmx would not show what is not a success."""
    response.status_code = problem.status
    for name, value in problem.headers.items():
        response.headers[name] = value
