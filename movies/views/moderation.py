"""The pages on which visitors report a review and managers hide it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.people.requests import MemberRequest
from accounts.views.access import manager_required
from common.refusals import REFUSALS, add_refusal, describe_refusal, show_refusal
from movies.forms.moderation import HideForm, ReportForm
from movies.library import moderation
from movies.models import Rating
from movies.queries.ratings import visible_ratings, with_hidden_reason, with_published_review


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_review(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then report the review. A review that cannot be reported redirects to its film."""
    rating = _find_rating(request, pk)
    film = f"{rating.movie.get_absolute_url()}#reviews"
    try:
        moderation.check_reportable(rating, request.user)
    except REFUSALS as error:
        show_refusal(request, error)
        return redirect(film)
    form, status = ReportForm(request.POST or None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                moderation.report_review(rating, request.user, **form.cleaned_data)
            except REFUSALS as error:
                add_refusal(form, error)
                status = describe_refusal(error).status
            else:
                messages.success(request, "Thank you. We will look at the review.")
                return redirect(film)
    shown = get_object_or_404(with_published_review(Rating.objects.all()), pk=pk)
    return render(request, "movies/ratings/report.html", {"rating": shown, "form": form}, status=status)


@manager_required
@require_http_methods(["GET", "HEAD", "POST"])
def hide_review(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask a manager for the reason, then hide the review; or show a hidden one again (`show`)."""
    rating = _find_rating(request, pk)
    form, status = HideForm(request.POST if request.method == "POST" and "show" not in request.POST else None), 200
    try:
        if "show" in request.POST:
            moderation.show_review(rating, request.user)
            messages.success(request, "The review is shown again.")
            return redirect(f"{rating.movie.get_absolute_url()}#reviews")
        if form.is_valid():
            moderation.hide_review(rating, request.user, **form.cleaned_data)
            messages.success(request, "The review is hidden, and its author is told why.")
            return redirect(f"{rating.movie.get_absolute_url()}#reviews")
        status = 400 if form.is_bound else 200
    except REFUSALS as error:
        refusal = describe_refusal(error)
        show_refusal(request, error)
        status = refusal.status
    rating = _find_rating(request, pk)
    return render(request, "movies/ratings/hide.html", {"rating": rating, "form": form}, status=status)


def _find_rating(request: MemberRequest, pk: int) -> Rating:
    rows = with_hidden_reason(visible_ratings(request.user)).select_related("movie", "user")
    return get_object_or_404(rows, pk=pk)
