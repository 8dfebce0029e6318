"""How tickets look in JSON, and how they are asked for. The rules are in cinema.box_office.purchases."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import Field

from accounts.models import User
from cinema.api.serializers.sessions import SessionSerializer
from cinema.models import Ticket
from common.api.fields import StrictCharField, StrictIntegerField
from common.api.parsing import KnownFieldsOnly
from common.api.sparse import SparseFields
from common.errors import Code, NotAllowed

LARGEST_ID = 2**63 - 1
# Of one request, before the rule of how many one person may have is asked.
MOST_SEATS = 1000
FOR_MANAGERS = ("used_by", "sold_by", "cancelled_by")


class PersonSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username"]


class ToldToManagers(serializers.ModelSerializer[Ticket]):
    """Who did what with a ticket is not the customer's business."""

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        request, view = self.context.get("request"), self.context.get("view")
        documented = getattr(view, "swagger_fake_view", False)
        if request is None or request.user.is_staff or documented:
            return fields
        return {name: field for name, field in fields.items() if name not in FOR_MANAGERS}


class TicketSerializer(SparseFields, ToldToManagers):
    """A ticket that was bought, and what became of it."""

    seat = serializers.CharField(source="seat.label", read_only=True, help_text="Such as A1.")
    session = SessionSerializer(read_only=True)
    user_id = serializers.IntegerField(read_only=True, allow_null=True, help_text="Null once the account is closed.")
    purchased_at = serializers.DateTimeField(read_only=True)
    used_by = PersonSerializer(read_only=True, allow_null=True, required=False, help_text="For managers only.")
    sold_by = serializers.SerializerMethodField(
        required=False, help_text="For managers only: the manager who sold it; null where people bought it themselves."
    )
    cancelled_by = PersonSerializer(read_only=True, allow_null=True, required=False, help_text="For managers only.")

    class Meta:
        model = Ticket
        fields = [
            "id",
            "code",
            "seat",
            "session",
            "user_id",
            "purchased_at",
            "used_at",
            "cancelled_at",
            *FOR_MANAGERS,
        ]
        read_only_fields = fields

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_sold_by(self, ticket: Ticket) -> Any:
        seller = ticket.purchase.made_by
        return None if seller is None or seller.pk == ticket.user_id else PersonSerializer(seller).data


class TicketsSerializer(serializers.Serializer[Any]):
    items = TicketSerializer(many=True)


@extend_schema_field({"type": "integer"})
class Buyer(serializers.Field[User, Any, int, User]):
    """Whom the tickets are for: oneself, or for a manager anybody. Others must not learn who there is."""

    default_error_messages = {
        "invalid": "Send the id of a person, a whole number.",
        "missing": "There is no such person.",
    }

    def to_internal_value(self, data: Any) -> User:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        asking: User = self.context["request"].user
        if data == asking.pk:
            return asking
        if not asking.is_staff:
            raise NotAllowed(Code.PERMISSION_DENIED, "Only managers buy tickets for others.")
        return User.objects.filter(pk=data).first() or self.fail("missing")


class SessionId(StrictIntegerField):
    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID)


class SeatLabel(StrictCharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=16, help_text="Such as A1.", **options)


class SeveralSeats(KnownFieldsOnly, serializers.Serializer[Any]):
    """Either of the two; which of them, and how many are too many, the box office says."""

    session_id = SessionId()
    seats = serializers.ListField(child=SeatLabel(), max_length=MOST_SEATS, required=False, help_text="Such as A1, A2.")
    quantity = StrictIntegerField(
        min_value=1, max_value=MOST_SEATS, required=False, help_text="So many of the best that are free."
    )


class NewTicketSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    session_id = SessionId()
    seat = SeatLabel(required=False)
    user_id = Buyer(source="user", required=False, help_text="For managers: whom it is for, if not oneself.")


class NewTicketsSerializer(SeveralSeats):
    user_id = Buyer(source="user", required=False, help_text="For managers: whom they are for, if not oneself.")
