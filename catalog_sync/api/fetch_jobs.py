"""The API of fetch jobs, for managers."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsManager
from accounts.people.requests import signed_in_user
from catalog_sync import fetch_jobs, queries
from catalog_sync.api.fetch_job_serializers import FetchJobSerializer, NewFetchSerializer
from catalog_sync.api.filters import FetchJobFilter
from catalog_sync.models import FetchJob
from common.api.parameters import KnownParametersOnly
from common.api.parsing import EmptyBodySerializer, read_body


class FetchView(KnownParametersOnly, generics.GenericAPIView[FetchJob]):
    permission_classes = (IsAuthenticated, IsManager)
    serializer_class = NewFetchSerializer
    queryset = FetchJob.objects.none()

    @extend_schema(
        summary="Fetch films from OMDb",
        description="A worker searches OMDb page by page and adds each film that it finds to the catalogue; the "
        "job shows the progress, and so does Socket.IO. 409 while a job for the same term and year is active.",
        responses={202: FetchJobSerializer},
    )
    def post(self, request: Request) -> Response:
        job = fetch_jobs.start(signed_in_user(request), **read_body(self))
        location = reverse("v1:fetch-job", args=[job.pk])
        return Response(FetchJobSerializer(job).data, status=202, headers={"Location": location})


class FetchJobListView(KnownParametersOnly, generics.ListAPIView[FetchJob]):
    permission_classes = (IsAuthenticated, IsManager)
    serializer_class = FetchJobSerializer
    filterset_class = FetchJobFilter
    queryset = queries.jobs()

    def paginate_queryset(self, queryset: QuerySet[Any, Any] | Sequence[Any]) -> list[Any] | None:
        return queries.with_films(super().paginate_queryset(queryset) or [])

    @extend_schema(summary="List fetch jobs", description="Active jobs first, then the newest.")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class FetchJobView(KnownParametersOnly, generics.RetrieveAPIView[FetchJob]):
    permission_classes = (IsAuthenticated, IsManager)
    serializer_class = FetchJobSerializer
    queryset = queries.jobs()

    @extend_schema(summary="Read a fetch job")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CancelFetchView(KnownParametersOnly, generics.GenericAPIView[FetchJob]):
    permission_classes = (IsAuthenticated, IsManager)
    serializer_class = EmptyBodySerializer
    queryset = FetchJob.objects.none()

    @extend_schema(
        summary="Cancel a fetch job",
        description="It makes no further request and stores no further film. Films stored so far stay. 409 when it "
        "has ended.",
        request=None,
        responses={200: FetchJobSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        read_body(self)
        job = fetch_jobs.cancel(get_object_or_404(queries.jobs(), pk=pk))
        return Response(FetchJobSerializer(job).data)
