"""The API of notifications."""

from collections.abc import Callable, Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import queries
from accounts.models import Notification
from accounts.notifications import kinds, read_marks
from accounts.people.requests import signed_in_user
from common.api.answers.sparse import SparseFields
from common.api.fields import IdField, StrictBooleanField
from common.api.filters import TrueOrFalseFilter
from common.api.pagination import PageOrCursorPagination
from common.api.parameters import KnownParametersOnly
from common.api.parsing import KnownFieldsOnly, read_body


class KindField(serializers.ChoiceField):
    """A registered kind. Each serializer reads the choices anew, after every app has registered its kinds."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=kinds.choices(), **options)


class NotificationSerializer(SparseFields, serializers.ModelSerializer[Notification]):
    kind = KindField(read_only=True)
    read = serializers.SerializerMethodField()
    link = serializers.CharField(read_only=True, help_text="A path of the site.")

    class Meta:
        model = Notification
        fields = ["id", "kind", "text", "link", "created_at", "read", "read_at"]
        read_only_fields = fields

    def get_read(self, notification: Notification) -> bool:
        return notification.read_at is not None


class MarkSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    read = StrictBooleanField()


class ReadAllSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    up_to = IdField(required=False, help_text="The newest id to mark; later ones stay unread.")


class ReadSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were unread.")


class NotificationFilter(django_filters.FilterSet):
    unread = TrueOrFalseFilter(
        field_name="read_at",
        lookup_expr="isnull",
        help_text="Only unread notifications, or only read ones.",
    )

    class Meta:
        model = Notification
        fields: list[str] = []


class WithUnread(PageOrCursorPagination):
    """Pagination whose `meta` has the number of all unread notifications, 100 at most, whatever the filter."""

    def get_paginated_response(self, data: Sequence[Any]) -> Response:
        response = super().get_paginated_response(data)
        response.data["meta"]["unread"] = queries.count_unread(signed_in_user(self.request))
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described = super().get_paginated_response_schema(schema)
        meta = described["properties"]["meta"]
        meta["properties"]["unread"] = {
            "type": "integer",
            "description": "The number of all unread notifications, whatever the filter; 100 means 100 or more.",
        }
        meta["required"] = list(meta["properties"])
        return described


@extend_schema_view(
    list=extend_schema(summary="List your notifications", description="The newest first."),
    retrieve=extend_schema(summary="Get one of your notifications"),
)
class NotificationViewSet(
    KnownParametersOnly, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Notification]
):
    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    pagination_class = WithUnread
    filterset_class = NotificationFilter
    lookup_value_regex = r"\d+"
    orderings = queries.NOTIFICATION_ORDERINGS
    default_ordering = "-created_at"

    def get_queryset(self) -> QuerySet[Notification]:
        return queries.notifications_of(signed_in_user(self.request))

    @extend_schema(summary="Mark a notification as read or unread", request=MarkSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        notification = self.get_object()
        mark: Callable[[Notification], Notification]
        mark = read_marks.mark_read if read_body(self, MarkSerializer)["read"] else read_marks.mark_unread
        try:
            return Response(self.get_serializer(mark(notification)).data)
        except Notification.DoesNotExist as error:  # deleted at this moment
            raise Http404 from error

    @extend_schema(
        summary="Mark all notifications as read",
        description="With `up_to`, later ones stay unread.",
        request=ReadAllSerializer,
        responses={200: ReadSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="read-all", pagination_class=None, filterset_class=None)
    def read_all(self, request: Request) -> Response:
        body = read_body(self, ReadAllSerializer)
        return Response({"read": read_marks.mark_all_read(signed_in_user(request), **body)})
