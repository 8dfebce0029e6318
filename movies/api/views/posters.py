"""The JSON door of posters: begin or send an upload, confirm it, take the poster away."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.api.parameters import KnownParametersOnly
from common.api.uploads import TakesFiles
from movies.api.serializers import posters as serializers
from movies.models import Movie, PosterUpload
from movies.posters import images, uploads
from movies.queries.films import can_edit, visible_films


class PosterView(KnownParametersOnly, generics.GenericAPIView[Movie]):
    """One's own film, or for a manager one of the catalogue; somebody else's private film is not there."""

    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet[Movie]:
        return visible_films(self.request.user)

    def film(self) -> Movie:
        movie = self.get_object()
        if not can_edit(self.request.user, movie):
            raise PermissionDenied("Only a manager may change a film of the catalogue.")
        return movie

    def body(self) -> dict[str, Any]:
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class PosterUploadView(TakesFiles, PosterView):
    largest_file = images.MAX_BYTES

    def get_serializer_class(self) -> type[Any]:
        is_form = (self.request.content_type or "").startswith("multipart/")
        return serializers.PosterFileSerializer if is_form else serializers.BeginUploadSerializer

    @extend_schema(
        operation_id="movies_poster_upload",
        summary="Begin to upload a poster",
        description="With a JSON body: the answer says where to PUT the file (`method`, `url`, `headers`), within ten "
        "minutes. Where posters are files of the server there is no such address, and this is a 400. As "
        "`multipart/form-data` the file itself, in the field `file`, which works everywhere. Either way the poster "
        "is shown once the upload is confirmed.",
        request={
            "application/json": serializers.BeginUploadSerializer,
            "multipart/form-data": serializers.PosterFileSerializer,
        },
        responses={201: serializers.UploadSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        movie, given, user = self.film(), self.body(), cast(User, request.user)
        if "file" in given:
            answer: dict[str, Any] = {"upload_id": uploads.receive(movie, user, given["file"]).pk}
        else:
            begun = uploads.begin(movie, user, given.get("content_type", ""))
            answer = {
                "upload_id": begun.upload.pk,
                "method": "PUT",
                "url": begun.url,
                "headers": begun.headers,
                "expires_at": begun.expires_at,
            }
        return Response(serializers.UploadSerializer(answer).data, status=201)


class MoviePosterView(PosterView):
    serializer_class = serializers.ConfirmUploadSerializer

    @extend_schema(
        operation_id="movies_poster_confirm",
        summary="Make what was uploaded the film's poster",
        description="The file is decoded and drawn anew in three widths; what makes no poster is refused with the "
        "reason, as an error of the field `file`. An upload is good for one confirmation.",
        responses={200: serializers.MoviePosterSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        movie = self.film()
        upload = self.upload(movie)
        try:
            uploads.confirm(upload, movie)
        except uploads.PosterRefused as refused:
            raise ValidationError({"file": [str(refused)]}) from refused
        except uploads.NothingUploaded as nothing:
            raise ValidationError({"upload_id": ["No file has been uploaded yet."]}) from nothing
        return Response({"poster": movie.poster_urls})

    def upload(self, movie: Movie) -> PosterUpload:
        """Somebody's own, for this film: all others do not exist."""
        given = self.body()["upload_id"]
        upload = PosterUpload.objects.filter(pk=given, movie=movie, user=cast(User, self.request.user)).first()
        if upload is None:
            raise ValidationError({"upload_id": ["There is no such upload, or it was confirmed already."]})
        return upload

    @extend_schema(
        operation_id="movies_poster_remove",
        summary="Take the film's poster away",
        description="Fine when there is none. Of a catalogue film, the nightly sync does not bring it back.",
        responses={204: None},
    )
    def delete(self, request: Request, pk: int) -> Response:
        uploads.remove(self.film())
        return Response(status=204)
