"""The pages where one's library leaves as a file, and where one comes in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db import IntegrityError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.people.requests import MemberRequest
from common.errors import Conflict
from movies.forms.library import ImportForm
from movies.importing import applying, cleanup, reports, starting
from movies.importing.reading import NotReadable
from movies.importing.working import TASKS
from movies.library import export as exporting
from movies.models import LibraryImport, LibraryImportRow

ROWS_ON_PAGE = 50
NEWEST = 20
ONE_AT_A_TIME = "Another of your files is being processed. Please wait until it is done."

Outcome = LibraryImportRow.Outcome
# What a reader wants to see first: what will happen, then what will not.
OUTCOMES = (
    Outcome.CREATE,
    Outcome.CHANGE,
    Outcome.UNMATCHED,
    Outcome.AMBIGUOUS,
    Outcome.INVALID,
    Outcome.KEPT,
    Outcome.UNCHANGED,
)


@login_required
@require_GET
def export(request: MemberRequest) -> StreamingHttpResponse:
    kind = request.GET.get("kind", "")
    if kind and kind not in exporting.KINDS:
        raise Http404
    return exporting.download(request.user, kind)


@never_cache
@login_required
def library(request: MemberRequest) -> HttpResponse:
    sent = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if sent else ImportForm()
    if sent and form.is_valid() and (job := started(request.user, form)):
        return redirect("library_import", job.pk)
    jobs = list(reports.imports_of(request.user)[:NEWEST])
    context = {"form": form, "jobs": jobs, "kinds": exporting.KINDS}
    return render(request, "movies/library/library.html", context)


def started(user: User, form: ImportForm) -> LibraryImport | None:
    """None when the file is refused, and the form says why."""
    file = form.cleaned_data["file"]
    try:
        return starting.start(user, file, file.name, overwrite=form.cleaned_data["overwrite"])
    except NotReadable as error:
        form.add_error("file", str(error))
    except IntegrityError:
        form.add_error("file", ONE_AT_A_TIME)
    return None


@never_cache
@login_required
@require_GET
def import_page(request: MemberRequest, pk: int) -> HttpResponse:
    """The whole page, or for htmx the part that moves while a worker is at it."""
    job = own_job(request, pk)
    outcome = request.GET.get("outcome", "")
    rows = reports.rows_of(job)
    page: Page[LibraryImportRow] = Paginator(
        rows.filter(outcome=outcome) if outcome in Outcome.values else rows, ROWS_ON_PAGE
    ).get_page(request.GET.get("page"))
    context = {
        "job": job,
        "working": job.status in TASKS,
        "outcome": outcome if outcome in Outcome.values else "",
        "outcomes": [(each.value, each.label, job.counts[each]) for each in OUTCOMES if job.counts.get(each)],
        "to_do": sum(job.counts.get(each, 0) for each in applying.TO_DO),
        "page": page,
    }
    answer = render(request, "movies/library/state.html" if request.htmx else "movies/library/import.html", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@never_cache
@login_required
@require_POST
def apply(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        applying.begin(own_job(request, pk))
    except Conflict as error:
        messages.error(request, error.message)
    except IntegrityError:
        messages.error(request, ONE_AT_A_TIME)
    return redirect("library_import", pk)


@never_cache
@login_required
@require_POST
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        cleanup.delete(own_job(request, pk))
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("library_import", pk)
    messages.success(request, "The import is deleted. Your library keeps everything that was imported.")
    return redirect("library")


def own_job(request: MemberRequest, pk: int) -> LibraryImport:
    return get_object_or_404(reports.imports_of(request.user), pk=pk)
