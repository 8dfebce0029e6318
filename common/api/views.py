"""The root of the API, its OpenAPI document, and a page to read and try it."""

from functools import cache
from threading import Lock
from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

_building = Lock()


class Root(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    api = serializers.CharField()
    documentation = serializers.CharField()
    schema = serializers.CharField()
    health = serializers.CharField()


class RootView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(summary="What this is and where to go on", responses=Root)
    def get(self, request: Request) -> Response:
        return Response(
            {
                "name": settings.CINEMA_NAME,
                "version": settings.MARQUEE_VERSION,
                "api": "/api/v1",
                "documentation": reverse("v1:docs"),
                "schema": reverse("v1:schema"),
                "health": reverse("v1:health"),
            }
        )


@extend_schema(exclude=True)
class SchemaView(APIView):
    """The OpenAPI document: JSON, or YAML for `Accept: application/yaml`."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer)

    def get(self, request: Request) -> Response:
        return Response(openapi_document(settings.ROOT_URLCONF))


def openapi_document(urlconf: str) -> dict[str, Any]:
    """Return the OpenAPI document, which is built once per process: it takes long, and changes only with the code.

    drf-spectacular loads its extensions while it builds, and fails when two threads do that at once.
    """
    with _building:
        return _build_document(urlconf)


@cache
def _build_document(urlconf: str) -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator(urlconf=urlconf).get_schema(request=None, public=True)
    return document


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files; its start script is a request of its own, so that no script is inline."""

    authentication_classes = ()
    template_name = "common/api_docs.html"
    url_name = "v1:schema"
    title = settings.CINEMA_NAME


root = RootView.as_view()
schema = SchemaView.as_view()
docs = DocsView.as_view()
