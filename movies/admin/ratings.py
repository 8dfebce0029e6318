"""The admin of ratings and of the reports of reviews: managers read them, and hide reviews with a reason."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin, WriteFunctionAdmin, convert_refusals
from movies.library import moderation
from movies.models import REASON_LENGTH, Rating, ReviewReport
from movies.queries.ratings import review_reports, with_hidden_reason


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=REASON_LENGTH, widget=UnfoldAdminTextInputWidget, help_text="The authors read it."
    )


class ModerationAdmin(WriteFunctionAdmin, ReadOnlyAdmin, ModelAdmin):
    """Base of the lists in which managers choose reviews to hide."""

    list_per_page = 50

    def has_moderation_permission(self, request: Any) -> bool:
        return bool(request.user.is_staff)

    def find_ratings(self, rows: QuerySet[Any]) -> Iterable[Rating]:
        """Return the ratings that the chosen rows are, or stand for, each once."""
        return rows.order_by("pk")

    @admin.action(description="Hide the reviews", permissions=["moderation"])
    def hide_reviews(self, request: Any, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask for the reason, then hide all the chosen reviews or none."""
        ratings = self.find_ratings(queryset)
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            for rating in ratings:
                with convert_refusals():
                    moderation.hide_review(rating, request.user, form.cleaned_data["reason"])
            messages.success(request, "Hidden. The authors are told the reason.")
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "Hide reviews",
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
            "ratings": ratings,
            "chosen": queryset,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/movies/hide_reviews.html", context)


@admin.register(Rating)
class RatingAdmin(ModerationAdmin):
    list_display = ["movie", "user", "rating", "short_review", "hidden_because", "created_at", "updated_at"]
    list_filter = ["rating"]
    list_select_related = ["movie", "user"]
    search_fields = ["movie__title", "user__username", "review"]
    fields = ["movie", "user", "rating", "review", "hidden_because", "created_at", "updated_at"]
    actions = ["hide_reviews", "show_reviews"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rating]:
        """Ratings of films of the catalogue, without those of private films."""
        return with_hidden_reason(super().get_queryset(request).filter(movie__owner=None))

    @admin.action(description="Show hidden reviews again", permissions=["moderation"])
    def show_reviews(self, request: Any, queryset: QuerySet[Rating]) -> None:
        for rating in queryset.order_by("pk"):
            with convert_refusals():
                moderation.show_review(rating, request.user)
        messages.success(request, "Shown again.")

    @admin.display(description="review")
    def short_review(self, rating: Rating) -> str:
        return rating.review if len(rating.review) <= 80 else f"{rating.review[:79]}…"

    @admin.display(description="hidden, because")
    def hidden_because(self, rating: Any) -> str:
        return rating.hidden_reason or ""


class ReportStateFilter(admin.SimpleListFilter):
    """Shows open reports unless another state is chosen: the list is a queue."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*ReviewReport.Outcome.choices, ("all", "all")]

    def choices(self, changelist: Any) -> Any:
        _, *others = super().choices(changelist)
        link = changelist.get_query_string(remove=[self.parameter_name])
        return [{"selected": self.value() is None, "query_string": link, "display": "open"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ReviewReport.Outcome.values:
            return queryset.filter(outcome=self.value())
        return queryset if self.value() == "all" else queryset.filter(resolved_at=None)


@admin.register(ReviewReport)
class ReviewReportAdmin(ModerationAdmin):
    list_display = ["created_at", "film", "author", "review", "reason", "text", "reporter", "outcome", "resolved_by"]
    list_filter = [ReportStateFilter, "reason"]
    search_fields = ["rating__movie__title", "rating__user__username", "reporter__username", "text"]
    fields = [
        ("film", "author"),
        "review",
        ("reason", "text"),
        ("reporter", "created_at"),
        ("outcome", "resolved_at", "resolved_by"),
    ]
    actions = ["hide_reviews", "dismiss_reports"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewReport]:
        return review_reports().order_by("-created_at", "-id")

    def find_ratings(self, rows: QuerySet[ReviewReport]) -> Iterable[Rating]:
        return Rating.objects.filter(reports__in=rows.values("pk")).select_related("movie").distinct().order_by("pk")

    @admin.action(description="Dismiss the reports", permissions=["moderation"])
    def dismiss_reports(self, request: Any, queryset: QuerySet[ReviewReport]) -> None:
        for report in queryset.order_by("pk"):
            with convert_refusals():
                moderation.dismiss_report(report, request.user)
        messages.success(request, "Dismissed. The reviews stay.")

    @admin.display(description="film", ordering="rating__movie__title")
    def film(self, report: ReviewReport) -> str:
        return report.rating.movie.title

    @admin.display(description="author", ordering="rating__user__username")
    def author(self, report: ReviewReport) -> str:
        return report.rating.user.username

    @admin.display(description="review")
    def review(self, report: ReviewReport) -> str:
        return report.rating.review
