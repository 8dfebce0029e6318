"""API views of posters: begin or send an upload, confirm it, remove the poster."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.requests import signed_in_user
from common.api.parameters import KnownParametersOnly
from common.api.parsing import read_body
from common.api.uploads import TakesFiles
from common.limits.costs import costs, writes
from common.limits.slots import take_slot
from movies.api.film_ids import film_of_address
from movies.api.serializers import posters as serializers
from movies.models import Movie, PosterUpload
from movies.posters import uploads
from movies.posters.images import MAX_BYTES, PosterRefused
from movies.queries.films import can_edit, visible_films


class PosterView(KnownParametersOnly, generics.GenericAPIView[Movie]):
    """Base of the poster views. Customers may change their own films, managers the catalogue; others get a 404."""

    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet[Movie]:
        return visible_films(self.request.user)

    def get_film(self) -> Movie:
        movie = film_of_address(self, self.get_queryset())
        if not can_edit(self.request.user, movie):
            raise PermissionDenied("Only a manager may change a film of the catalogue.")
        return movie


@costs("pictures")
class PosterUploadView(TakesFiles, PosterView):
    largest_file = MAX_BYTES

    def get_serializer_class(self) -> type[Any]:
        is_form = (self.request.content_type or "").startswith("multipart/")
        return serializers.PosterFileSerializer if is_form else serializers.BeginUploadSerializer

    @extend_schema(
        operation_id="movies_poster_upload",
        summary="Begin to upload a poster",
        description="With a JSON body, the response says where to PUT the file (`method`, `url`, `headers`) within the "
        "next ten minutes. Servers that keep posters in a folder have no such address and answer 400. With "
        "`multipart/form-data`, send the file itself in the field `file`; this works on every server. In both cases "
        "the poster is shown after the upload has been confirmed.",
        request={
            "application/json": serializers.BeginUploadSerializer,
            "multipart/form-data": serializers.PosterFileSerializer,
        },
        responses={201: serializers.UploadSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        movie, values, user = self.get_film(), read_body(self), signed_in_user(request)
        if "file" in values:
            upload: dict[str, Any] = {"upload_id": uploads.receive(movie, user, values["file"]).pk}
        else:
            presigned = uploads.begin(movie, user, values.get("content_type", ""))
            upload = {
                "upload_id": presigned.upload.pk,
                "method": "PUT",
                "url": presigned.url,
                "headers": presigned.headers,
                "expires_at": presigned.expires_at,
            }
        return Response(serializers.UploadSerializer(upload).data, status=201)


@costs("pictures", when=writes)
class MoviePosterView(PosterView):
    serializer_class = serializers.ConfirmUploadSerializer

    @extend_schema(
        operation_id="movies_poster_confirm",
        summary="Make an uploaded file the film's poster",
        description="The file is decoded and encoded again in three widths. A file that cannot be used is refused "
        "with the reason, as an error of the field `file`. An upload can be confirmed once. While other pictures are "
        "decoded: 503 with `Retry-After`; confirm it again.",
        responses={200: serializers.MoviePosterSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        movie, upload_id = self.get_film(), read_body(self)["upload_id"]
        upload = PosterUpload.objects.filter(pk=upload_id, movie=movie, user=signed_in_user(request)).first()
        if upload is None:
            raise ValidationError({"upload_id": ["There is no such upload, or it has already been confirmed."]})
        try:
            with take_slot("pictures"):
                uploads.confirm(upload, movie)
        except PosterRefused as refused:
            raise ValidationError({"file": [str(refused)]}) from refused
        except uploads.NothingUploaded as nothing:
            raise ValidationError({"upload_id": ["No file has been uploaded yet."]}) from nothing
        return Response({"poster": movie.poster_urls})

    @extend_schema(
        operation_id="movies_poster_remove",
        summary="Remove the film's poster",
        description="Succeeds also when there is none. The nightly sync does not restore the poster of a catalogue "
        "film.",
        responses={204: None},
    )
    def delete(self, request: Request, pk: int) -> Response:
        uploads.remove_poster(self.get_film())
        return Response(status=204)
