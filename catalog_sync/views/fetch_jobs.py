"""The page where managers have films fetched from OMDb, and watch it."""

import re

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.people.requests import MemberRequest
from accounts.views.access import manager_required
from catalog_sync import fetch_jobs, queries
from catalog_sync.forms import FetchForm
from catalog_sync.models import FetchJob
from common.errors import Conflict

JOBS_ON_PAGE = 10
# The active jobs that the asking page shows, so that it hears of those that ended since.
SHOWN = "X-Shown-Jobs"
MOST_SHOWN, KEY = 100, re.compile(r"[0-9]{1,18}")


@never_cache
@manager_required
def fetches(request: MemberRequest) -> HttpResponse:
    """The whole page, or for htmx the part that moves while a worker is at it."""
    sent = request.method == "POST"
    form = FetchForm(request.POST) if sent else FetchForm()
    if sent and form.is_valid() and (job := started(request.user, form)):
        messages.success(request, f"{job} is being fetched.")
        # On a phone it would be under the form.
        return redirect(f"{reverse('fetches')}#active")
    template = "catalog_sync/fetch_jobs/update.html" if request.htmx else "catalog_sync/fetch_jobs/page.html"
    answer = render(request, template, {"form": form, **seen(request)})
    patch_vary_headers(answer, ["HX-Request", SHOWN])
    return answer


def started(user: User, form: FetchForm) -> FetchJob | None:
    """None when it is refused, and the form says why."""
    try:
        return fetch_jobs.start(user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
    except Conflict as conflict:
        form.add_error("search_term", conflict.message)
    return None


def seen(request: MemberRequest) -> dict[str, object]:
    """`ended`: the jobs that the page still shows as active and that are over, so that its history is out of date."""
    known = queries.jobs()
    active = list(known.filter(status__in=FetchJob.ACTIVE))
    ended = list(known.filter(pk__in=shown_on(request) - {job.pk for job in active}))
    page = Paginator(known.filter(status__in=FetchJob.FINISHED), JOBS_ON_PAGE).get_page(request.GET.get("page"))
    page.object_list = queries.with_films(list(page.object_list)) if ended or not request.htmx else []
    return {"active": active, "page": page, "ended": ended}


def shown_on(request: HttpRequest) -> set[int]:
    return {int(pk) for pk in request.headers.get(SHOWN, "").split()[:MOST_SHOWN] if KEY.fullmatch(pk)}


@never_cache
@manager_required
@require_POST
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        job = fetch_jobs.cancel(get_object_or_404(FetchJob, pk=pk))
    except Conflict as conflict:
        messages.warning(request, conflict.message)
    else:
        messages.success(request, f"{job} is cancelled. What was stored until now stays.")
    return redirect("fetches")
