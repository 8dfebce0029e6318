"""API views of library exports and imports."""

from typing import Any

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast, Collate, Concat, LPad
from django.http import StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from common.api.answers.negotiation import AnyAcceptHeader
from common.api.parameters import KnownParametersOnly
from common.api.parsing import JSONParser, read_body
from common.errors import PayloadTooLarge
from common.limits.costs import costs, writes
from movies.api.filters import ImportRowFilter
from movies.api.serializers.library import (
    LibraryImportRowSerializer,
    LibraryImportSerializer,
    NewImportSerializer,
)
from movies.importing import applying, cleanup, starting
from movies.importing.formats import SUPPORTED
from movies.importing.reading import NotReadable, TooLarge
from movies.library import exchange, export
from movies.models import LibraryImport, LibraryImportRow
from movies.queries.imports import imports_of, rows_of


class ExportParameters(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=["json", "csv", *exchange.SERVICES], default="json")
    kind = serializers.ChoiceField(choices=list(export.KINDS), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        service = attrs["format"]
        if service in exchange.SERVICES and (service, attrs.get("kind")) not in exchange.SHEETS:
            kinds = ", ".join(exchange.kinds_of(service))
            raise ValidationError({"kind": [f"A file for {exchange.SERVICES[service]} has one of these: {kinds}."]})
        if attrs["format"] == "csv" and "kind" not in attrs:
            raise ValidationError({"kind": [f"A CSV file has one of these: {', '.join(export.KINDS)}."]})
        if attrs["format"] == "json" and "kind" in attrs:
            raise ValidationError({"kind": ["The JSON document always has everything."]})
        return attrs


@extend_schema_view(
    get=extend_schema(
        summary="Download your library",
        description="`format=json`: everything in one document, with your own films and their posters. `format=csv`: "
        "one kind of data, for spreadsheets. Both can be imported again, here or on another Marquee site. "
        "`format=letterboxd`, `trakt` or `imdb`: one kind as a CSV file that this service reads, without films that it "
        "cannot know (IMDb has no history; only Letterboxd takes reviews).",
        parameters=[
            OpenApiParameter("format", str, enum=["json", "csv", *exchange.SERVICES], default="json"),
            OpenApiParameter("kind", str, enum=list(export.KINDS), description="With any format but `json`."),
        ],
        responses={(200, "application/json"): OpenApiTypes.OBJECT, (200, "text/csv"): OpenApiTypes.STR},
    )
)
@costs("exports")
class LibraryExportView(KnownParametersOnly, generics.GenericAPIView[Any]):
    permission_classes = (IsAuthenticated,)
    serializer_class = ExportParameters
    content_negotiation_class = AnyAcceptHeader
    extra_parameters = ("format", "kind")

    def get(self, request: Request) -> StreamingHttpResponse:
        parameters = ExportParameters(data=request.query_params.dict())
        parameters.is_valid(raise_exception=True)
        user, values = signed_in_user(request), parameters.validated_data
        if values["format"] in exchange.SERVICES:
            return exchange.sheet_response(user, values["format"], values["kind"])
        return export.export_response(user, values.get("kind", ""))


@extend_schema_view(
    list=extend_schema(summary="List your imports", description="Newest first."),
    retrieve=extend_schema(summary="Get the progress and outcome of an import"),
)
@costs("imports", when=writes)
class LibraryImportViewSet(
    KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LibraryImport]
):
    """Your own imports. Imports of other people answer 404."""

    queryset = LibraryImport.objects.none()
    serializer_class = LibraryImportSerializer
    parser_classes = (JSONParser, MultiPartParser)
    lookup_value_regex = r"\d+"
    orderings = {"created_at": F("created_at")}
    default_ordering = "-created_at"

    def get_queryset(self) -> QuerySet[LibraryImport]:
        return imports_of(self.request.user)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a second file before the body is taken apart."""
        super().initial(request, *args, **kwargs)
        if self.action == "create":
            starting.check_none_at_work(signed_in_user(request))

    @extend_schema(
        summary="Import a file",
        description=f"{SUPPORTED} Up to 25 MB and 20,000 rows, for a zip all its files together. It is checked in "
        "the background; your library does not change before you apply it. A large file is also read there: `source` "
        "may be empty until then, and a file that cannot be read becomes `failed`. One file at a time, otherwise 409.",
        request={"multipart/form-data": NewImportSerializer},
        responses={202: LibraryImportSerializer},
    )
    def create(self, request: Request) -> Response:
        values: dict[str, Any] = read_body(self, NewImportSerializer)
        file = values.pop("file")
        try:
            job = starting.start_import(signed_in_user(request), file, file.name, **values)
        except TooLarge as error:
            raise PayloadTooLarge(str(error)) from error
        except NotReadable as error:
            raise ValidationError({"file": [str(error)]}) from error
        return self._accepted(job)

    @extend_schema(
        summary="Apply a checked import",
        description="Writes the rows with the outcome `create` or `change` to your library, in the background. 409 "
        "unless the import is `checked`.",
        request=None,
        responses={202: LibraryImportSerializer},
    )
    @action(detail=True, methods=["post"], url_path="apply", url_name="apply")
    def apply(self, request: Request, pk: str) -> Response:
        return self._accepted(applying.start_applying(self.get_object()))

    @extend_schema(
        summary="Delete an import",
        description="Your library keeps what was imported. 409 while the import is being checked or applied.",
    )
    def destroy(self, request: Request, pk: str) -> Response:
        cleanup.delete_import(self.get_object())
        return Response(status=204)

    def _accepted(self, job: LibraryImport) -> Response:
        location = reverse("v1:library-import-detail", args=[job.pk])
        return Response(self.get_serializer(job).data, status=202, headers={"Location": location})


@extend_schema_view(
    get=extend_schema(
        summary="List the rows of an import",
        description="In the order of the file, or file by file for a zip. A line of a diary makes two rows, a viewing "
        "and a rating. Rows are deleted 30 days after the import.",
    )
)
class LibraryImportRowsView(KnownParametersOnly, generics.ListAPIView[LibraryImportRow]):
    queryset = LibraryImportRow.objects.none()
    serializer_class = LibraryImportRowSerializer
    filterset_class = ImportRowFilter
    orderings = {"line": Collate(Concat("file", Value(" "), LPad(Cast("line", TextField()), 10, Value("0"))), "C")}
    default_ordering = "line"

    def get_queryset(self) -> QuerySet[LibraryImportRow]:
        job = generics.get_object_or_404(imports_of(self.request.user), pk=self.kwargs["pk"])
        return rows_of(job)
