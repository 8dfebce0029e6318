"""API of moderation: reporting reviews, and hiding them."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import F
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsManager
from accounts.people.requests import signed_in_user
from common.api.parameters import KnownParametersOnly
from common.api.parsing import EmptyBodySerializer, read_body
from movies.api.filters import ReportFilter
from movies.api.serializers.moderation import (
    HidingSerializer,
    NewReportSerializer,
    QueuedReportSerializer,
    ReportSerializer,
)
from movies.api.serializers.ratings import PublishedRatingSerializer
from movies.library import moderation
from movies.models import Rating, ReviewReport
from movies.queries.ratings import review_reports, visible_ratings, with_published_review


class ModerationView(KnownParametersOnly, generics.GenericAPIView[Rating]):
    """Base of the acts on a rating of a film that the user may see."""

    queryset = Rating.objects.none()
    serializer_class = PublishedRatingSerializer

    def find_rating(self, pk: int) -> Rating:
        return get_object_or_404(visible_ratings(self.request.user).select_related("movie"), pk=pk)

    def serialize(self, pk: int) -> Any:
        """Return the current JSON."""
        return self.get_serializer(get_object_or_404(with_published_review(Rating.objects.all()), pk=pk)).data


class ReportReviewView(ModerationView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        summary="Report a review",
        description="To the managers, once: a second report is a 409 `duplicate`. 403 for your own review.",
        request=NewReportSerializer,
        responses={201: ReportSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = read_body(self, NewReportSerializer)
        report = moderation.report_review(self.find_rating(pk), signed_in_user(request), **values)
        return Response(ReportSerializer(report).data, 201)


class HideReviewView(ModerationView):
    permission_classes = (IsManager,)

    @extend_schema(
        summary="Hide a review",
        description="For managers. The author is told the `reason`; the rating still counts. It stays hidden when it "
        "is changed, or deleted and written again. 409 `duplicate` if it is hidden already.",
        request=HidingSerializer,
        responses={200: PublishedRatingSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = read_body(self, HidingSerializer)
        moderation.hide_review(self.find_rating(pk), signed_in_user(request), **values)
        return Response(self.serialize(pk))


class ShowReviewView(ModerationView):
    permission_classes = (IsManager,)

    @extend_schema(
        summary="Show a hidden review again",
        description="For managers. 409 `conflict` if it is not hidden.",
        request=None,
        responses={200: PublishedRatingSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        read_body(self, EmptyBodySerializer)
        moderation.show_review(self.find_rating(pk), signed_in_user(request))
        return Response(self.serialize(pk))


@extend_schema_view(list=extend_schema(summary="List reports of reviews", description="For managers, newest first."))
class ReportViewSet(KnownParametersOnly, mixins.ListModelMixin, viewsets.GenericViewSet[ReviewReport]):
    permission_classes = (IsManager,)
    queryset = ReviewReport.objects.none()
    serializer_class = QueuedReportSerializer
    filterset_class = ReportFilter
    lookup_value_regex = r"\d+"
    orderings = {"created_at": F("created_at")}
    default_ordering = "-created_at"

    def get_queryset(self) -> QuerySet[ReviewReport]:
        return review_reports()

    @extend_schema(
        summary="Dismiss a report",
        description="The review stays. 409 `conflict` if the report is resolved already.",
        request=None,
        responses={200: QueuedReportSerializer},
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        read_body(self, EmptyBodySerializer)
        report = moderation.dismiss_report(self.get_object(), signed_in_user(request))
        return Response(self.get_serializer(get_object_or_404(self.get_queryset(), pk=report.pk)).data)
