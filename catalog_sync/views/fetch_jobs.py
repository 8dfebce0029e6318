"""The page where managers fetch films from OMDb and follow the progress."""

import re

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.people.requests import MemberRequest
from accounts.views.access import manager_required
from catalog_sync import fetch_jobs, queries
from catalog_sync.forms import FetchForm
from catalog_sync.models import FetchJob
from common.errors import Conflict

JOBS_ON_PAGE = 10
# The active jobs that the polling page shows, so that it learns which of them have ended.
SHOWN_JOBS = "X-Shown-Jobs"
MAX_SHOWN, KEY = 100, re.compile(r"[0-9]{1,18}")


@manager_required
def fetches(request: MemberRequest) -> HttpResponse:
    """Show the page, or for htmx the part that changes while a worker runs jobs; a POST starts a job."""
    is_post = request.method == "POST"
    form = FetchForm(request.POST) if is_post else FetchForm()
    if is_post and form.is_valid() and (job := _start_job(request.user, form)):
        messages.success(request, f"{job} is being fetched.")
        # On a phone the job is below the form.
        return redirect(f"{reverse('fetches')}#active")
    template = "catalog_sync/fetch_jobs/update.html" if request.htmx else "catalog_sync/fetch_jobs/page.html"
    response = render(request, template, {"form": form, **_jobs_context(request)})
    patch_vary_headers(response, ["HX-Request", SHOWN_JOBS])
    return response


def _start_job(user: User, form: FetchForm) -> FetchJob | None:
    """Return the new job; None when it is refused, with the errors in the form."""
    try:
        return fetch_jobs.start(user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
    except Conflict as conflict:
        form.add_error("search_term", conflict.message)
    return None


def _jobs_context(request: MemberRequest) -> dict[str, object]:
    """Return the jobs of the page; `ended` are those that a polling page still shows as active."""
    jobs = queries.jobs()
    active = list(jobs.filter(status__in=FetchJob.ACTIVE))
    ended = list(jobs.filter(pk__in=_shown_ids(request) - {job.pk for job in active}))
    page = Paginator(jobs.filter(status__in=FetchJob.FINISHED), JOBS_ON_PAGE).get_page(request.GET.get("page"))
    page.object_list = queries.with_films(list(page.object_list)) if ended or not request.htmx else []
    return {"active": active, "page": page, "ended": ended}


def _shown_ids(request: HttpRequest) -> set[int]:
    return {int(pk) for pk in request.headers.get(SHOWN_JOBS, "").split()[:MAX_SHOWN] if KEY.fullmatch(pk)}


@manager_required
@require_POST
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        job = fetch_jobs.cancel(get_object_or_404(FetchJob, pk=pk))
    except Conflict as conflict:
        messages.warning(request, conflict.message)
    else:
        messages.success(request, f"{job} is cancelled. Films stored so far stay.")
    return redirect("fetches")
