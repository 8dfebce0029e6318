"""Pages for exporting and importing a library."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db import IntegrityError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.people.requests import MemberRequest
from common.errors import Conflict
from common.limits.costs import costs, writes
from movies.forms.library import ImportForm
from movies.importing import applying, cleanup, starting
from movies.importing.jobs import TASKS
from movies.importing.reading import NotReadable
from movies.library import exchange, export
from movies.models import LibraryImport, LibraryImportRow
from movies.queries.imports import imports_of, rows_of

ROWS_ON_PAGE = 50
SHOWN_IMPORTS = 20
ONE_AT_A_TIME = "Another of your files is being processed. Please wait until it is done."

Outcome = LibraryImportRow.Outcome
# In the order of the page: first the rows that change the library, then the others.
OUTCOMES = (
    Outcome.CREATE,
    Outcome.CHANGE,
    Outcome.UNMATCHED,
    Outcome.AMBIGUOUS,
    Outcome.INVALID,
    Outcome.KEPT,
    Outcome.UNCHANGED,
)


@costs("exports")
@login_required
@require_safe
def download_export(request: MemberRequest) -> StreamingHttpResponse:
    """Download everything, or one kind, for Marquee or in the format of another service."""
    kind, service = request.GET.get("kind", ""), request.GET.get("format", "")
    if (service, kind) in exchange.SHEETS:
        return exchange.sheet_response(request.user, service, kind)
    if service or (kind and kind not in export.KINDS):
        raise Http404
    return export.export_response(request.user, kind)


@costs("imports", when=writes)
@login_required
def library_page(request: MemberRequest) -> HttpResponse:
    is_upload = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if is_upload else ImportForm()
    if is_upload and form.is_valid() and (job := _start_import(request.user, form)):
        return redirect("library_import", job.pk)
    jobs = list(imports_of(request.user)[:SHOWN_IMPORTS])
    services = [(name, label, exchange.kinds_of(name)) for name, label in exchange.SERVICES.items()]
    context = {"form": form, "jobs": jobs, "kinds": export.KINDS, "services": services}
    return render(request, "movies/library/library.html", context)


def _start_import(user: User, form: ImportForm) -> LibraryImport | None:
    """Start an import. If the file is refused, add the reason to the form and return None."""
    file = form.cleaned_data["file"]
    try:
        return starting.start_import(user, file, file.name, overwrite=form.cleaned_data["overwrite"])
    except NotReadable as error:
        form.add_error("file", str(error))
    except IntegrityError:
        form.add_error("file", ONE_AT_A_TIME)
    return None


@login_required
@require_safe
def import_page(request: MemberRequest, pk: int) -> HttpResponse:
    """Render the whole page, or for htmx only the state of the import."""
    job = _get_import(request, pk)
    outcome = request.GET.get("outcome", "")
    rows = rows_of(job)
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
    response = render(request, "movies/library/state.html" if request.htmx else "movies/library/import.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@costs("imports")
@login_required
@require_POST
def apply_import(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        applying.start_applying(_get_import(request, pk))
    except Conflict as error:
        messages.error(request, error.message)
    except IntegrityError:
        messages.error(request, ONE_AT_A_TIME)
    return redirect("library_import", pk)


@login_required
@require_POST
def delete_import(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        cleanup.delete_import(_get_import(request, pk))
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("library_import", pk)
    messages.success(request, "The import is deleted. Your library keeps everything that was imported.")
    return redirect("library")


def _get_import(request: MemberRequest, pk: int) -> LibraryImport:
    return get_object_or_404(imports_of(request.user), pk=pk)
