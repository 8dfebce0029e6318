"""The API of the syncs, for managers."""

from typing import Any

from django.db.models import F
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsManager
from catalog_sync.api.filters import SyncLogFilter
from catalog_sync.api.sync_serializers import SyncLogSerializer
from catalog_sync.models import SyncLog
from catalog_sync.nightly.run_now import run_now
from common.api.parameters import KnownParametersOnly
from common.api.parsing import EmptyBodySerializer, read_body


class SyncLogListView(KnownParametersOnly, generics.ListAPIView[SyncLog]):
    permission_classes = (IsAuthenticated, IsManager)
    serializer_class = SyncLogSerializer
    filterset_class = SyncLogFilter
    queryset = SyncLog.objects.defer("seen_ids", "todo_ids")
    orderings = {"started_at": F("started_at"), "total_synced": F("total_synced"), "failed": F("failed")}
    default_ordering = "-started_at"

    @extend_schema(summary="List sync runs", description="Each run with its times, its outcome and its counts.")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class RunNowView(KnownParametersOnly, generics.GenericAPIView[Any]):
    """Has a worker run the step that the route names."""

    permission_classes = (IsAuthenticated, IsManager)
    serializer_class = EmptyBodySerializer
    entity = SyncLog.Entity.MOVIES

    @extend_schema(
        summary="Run a sync now",
        description="A worker carries it out; `/sync/logs` shows the progress. 409 while a run is in progress, with "
        "its progress. A run that was interrupted by a crash is resumed.",
        request=None,
        responses={202: SyncLogSerializer},
    )
    def post(self, request: Request) -> Response:
        read_body(self)
        return Response(SyncLogSerializer(run_now(self.entity)).data, status=202)
