"""The JSON door of a person's library as a file: taking it away, bringing one in."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, mixins, negotiation, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from common.api.parameters import KnownParametersOnly
from common.api.parsing import JSONParser, read_body
from common.errors import PayloadTooLarge
from movies.api.filters import ImportRowFilter
from movies.api.serializers.library import (
    LibraryImportRowSerializer,
    LibraryImportSerializer,
    NewImportSerializer,
)
from movies.importing import applying, cleanup, reports, starting
from movies.importing.reading import NotReadable, TooLarge
from movies.library import export
from movies.models import LibraryImport, LibraryImportRow


class ExportParameters(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=["json", "csv"], default="json")
    kind = serializers.ChoiceField(choices=list(export.KINDS), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["format"] == "csv" and "kind" not in attrs:
            raise ValidationError({"kind": [f"A CSV file holds one of: {', '.join(export.KINDS)}."]})
        if attrs["format"] == "json" and "kind" in attrs:
            raise ValidationError({"kind": ["The JSON document always holds everything."]})
        return attrs


class Whatever(negotiation.DefaultContentNegotiation):
    """The parameter chooses what is served; a client that accepts text/csv only must still get errors."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        renderer: BaseRenderer = renderers[0]
        return renderer, renderer.media_type


@extend_schema_view(
    get=extend_schema(
        summary="One's own library as a file",
        description="`format=json`: everything in one document, with one's own films and their posters. `format=csv`: "
        "one kind, for spreadsheets. Either can be brought in again, here or at another Marquee.",
        parameters=[
            OpenApiParameter("format", str, enum=["json", "csv"], default="json"),
            OpenApiParameter("kind", str, enum=list(export.KINDS), description="With `format=csv`."),
        ],
        responses={(200, "application/json"): OpenApiTypes.OBJECT, (200, "text/csv"): OpenApiTypes.STR},
    )
)
class LibraryExportView(KnownParametersOnly, generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    serializer_class = ExportParameters
    content_negotiation_class = Whatever
    extra_parameters = ("format", "kind")

    def get(self, request: Request) -> StreamingHttpResponse:
        asked = ExportParameters(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return export.download(signed_in_user(request), asked.validated_data.get("kind", ""))


@extend_schema_view(
    list=extend_schema(summary="The files that one brought in", description="The newest first."),
    retrieve=extend_schema(summary="How far a file is, and what came of it"),
)
class LibraryImportViewSet(
    KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LibraryImport]
):
    """One's own imports; somebody else's are not there."""

    queryset = LibraryImport.objects.none()
    serializer_class = LibraryImportSerializer
    parser_classes = (JSONParser, MultiPartParser)
    lookup_value_regex = r"\d+"
    orderings = {"created_at": F("created_at")}
    default_ordering = "-created_at"

    def get_queryset(self) -> QuerySet[LibraryImport]:
        return reports.imports_of(self.request.user)

    @extend_schema(
        summary="Bring a file in",
        description="An export of Marquee, Letterboxd, IMDb or Trakt, at most 25 MB and 20,000 rows. It is checked in "
        "the background, and nothing is written to the library before it is applied. One file at a time: 409.",
        request={"multipart/form-data": NewImportSerializer},
        responses={202: LibraryImportSerializer},
    )
    def create(self, request: Request) -> Response:
        given = read_body(self, NewImportSerializer)
        values: dict[str, Any] = given
        file = values.pop("file")
        try:
            job = starting.start(signed_in_user(request), file, file.name, **values)
        except TooLarge as error:
            raise PayloadTooLarge(str(error)) from error
        except NotReadable as error:
            raise ValidationError({"file": [str(error)]}) from error
        return self.accepted(job)

    @extend_schema(
        summary="Bring in what was checked",
        description="Once, in the background: what is `create` or `change`. 409 unless the file is `checked`.",
        request=None,
        responses={202: LibraryImportSerializer},
    )
    @action(detail=True, methods=["post"], url_path="apply", url_name="apply")
    def apply(self, request: Request, pk: str) -> Response:
        return self.accepted(applying.begin(self.get_object()))

    @extend_schema(
        summary="Forget a file",
        description="What it brought in stays. 409 while it is being worked on.",
    )
    def destroy(self, request: Request, pk: str) -> Response:
        cleanup.delete(self.get_object())
        return Response(status=204)

    def accepted(self, job: LibraryImport) -> Response:
        where = reverse("v1:library-import-detail", args=[job.pk])
        return Response(self.get_serializer(job).data, status=202, headers={"Location": where})


@extend_schema_view(
    get=extend_schema(
        summary="What the lines of a file say and what becomes of them",
        description="In the order of the file; a diary line is both a viewing and a rating. Rows are kept for 30 days "
        "after the file was brought in.",
    )
)
class LibraryImportRowsView(KnownParametersOnly, generics.ListAPIView[LibraryImportRow]):
    queryset = LibraryImportRow.objects.none()
    serializer_class = LibraryImportRowSerializer
    filterset_class = ImportRowFilter
    orderings = {"line": F("line")}
    default_ordering = "line"

    def get_queryset(self) -> QuerySet[LibraryImportRow]:
        job = generics.get_object_or_404(reports.imports_of(self.request.user), pk=self.kwargs["pk"])
        return reports.rows_of(job)
