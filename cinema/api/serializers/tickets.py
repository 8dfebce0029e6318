"""Serializers of tickets and of requests to buy them. The rules are in cinema.box_office.purchases."""

from collections.abc import Mapping
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import Field

from accounts.api.serializers import PersonSerializer
from accounts.models import User
from accounts.notifications.deliveries import Delivery, DeliveryState
from cinema.api.serializers.sessions import SessionSerializer
from cinema.models import Purchase, SeatKind, Ticket
from cinema.notifications.tickets_bought import find_tickets_mail
from cinema.queries import ticket_lists
from common.api.answers.sparse import SparseFields
from common.api.fields import IdField, StrictBooleanField, StrictCharField, StrictIntegerField, StrictListField
from common.api.parsing import KnownFieldsOnly
from common.errors import Code, NotAllowed

# In one request. The limit per customer is a rule of the box office and is usually much lower.
MOST_SEATS = 1000
MANAGER_FIELDS = ("used_by", "sold_by", "cancelled_by", "age_checked")


class ManagerFieldsMixin(serializers.ModelSerializer[Ticket]):
    """Shows MANAGER_FIELDS to managers only, and in the OpenAPI document."""

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        request, view = self.context.get("request"), self.context.get("view")
        is_document = getattr(view, "swagger_fake_view", False)
        if request is None or request.user.is_staff or is_document:
            return fields
        return {name: field for name, field in fields.items() if name not in MANAGER_FIELDS}


class TicketSerializer(SparseFields, ManagerFieldsMixin):
    """A bought ticket."""

    seat = serializers.CharField(source="seat.label", read_only=True, help_text="Such as A1.")
    seat_kind = serializers.ChoiceField(SeatKind.choices, source="seat.kind", read_only=True)
    seat_name = serializers.CharField(
        source="seat.name", read_only=True, help_text="For people: `seat A1`, or `wheelchair place A1`."
    )
    session = SessionSerializer(read_only=True)
    user_id = serializers.IntegerField(read_only=True, allow_null=True, help_text="Null once the account is closed.")
    purchased_at = serializers.DateTimeField(read_only=True)
    used_by = PersonSerializer(read_only=True, allow_null=True, required=False, help_text="For managers only.")
    sold_by = serializers.SerializerMethodField(
        required=False, help_text="For managers only: the manager who sold it. Null if the holder bought it."
    )
    cancelled_by = PersonSerializer(read_only=True, allow_null=True, required=False, help_text="For managers only.")
    age_checked = serializers.IntegerField(
        source="purchase.age_checked",
        read_only=True,
        allow_null=True,
        required=False,
        help_text="For managers only: the age limit that the holder's date of birth met when the ticket was bought. "
        "Null for a film without one.",
    )

    class Meta:
        model = Ticket
        fields = [
            "id",
            "code",
            "seat",
            "seat_kind",
            "seat_name",
            "session",
            "user_id",
            "purchased_at",
            "used_at",
            "cancelled_at",
            *MANAGER_FIELDS,
        ]
        read_only_fields = fields

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_sold_by(self, ticket: Ticket) -> Any:
        seller = ticket.purchase.made_by
        return None if seller is None or seller.pk == ticket.user_id else PersonSerializer(seller).data


class DeliverySerializer(serializers.Serializer[Delivery]):
    """What was sent where and when of the tickets of a purchase."""

    state = serializers.ChoiceField(DeliveryState.choices)
    address = serializers.CharField(help_text="Where it went or will go. Empty for old mails.")
    address_is_confirmed = serializers.BooleanField(
        source="is_confirmed", help_text="Whether the holder has confirmed the address that the account has now."
    )
    sent_at = serializers.DateTimeField(allow_null=True, help_text="The last time.")
    next_try_at = serializers.DateTimeField(
        allow_null=True,
        help_text="Of a waiting one: when it will be sent, null for at once. An address that is not confirmed gets "
        "`UNCONFIRMED_MAILS` a day; confirming it sends the rest.",
    )


class BoughtTicketSerializer(TicketSerializer):
    """A ticket that was just bought, and its mail; for the API's document."""

    mail = DeliverySerializer(read_only=True)

    class Meta(TicketSerializer.Meta):
        fields = [*TicketSerializer.Meta.fields, "mail"]
        read_only_fields = fields


class TicketsSerializer(serializers.Serializer[Any]):
    items = TicketSerializer(many=True)
    mail = DeliverySerializer()


def serialize_purchase(purchase: Purchase, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tickets of a purchase as JSON, and their mail, as TicketsSerializer says."""
    rows = list(ticket_lists.of_purchase(purchase))
    mail = find_tickets_mail(purchase, cast(User, rows[0].user))
    return {
        "items": TicketSerializer(rows, many=True, context=dict(context)).data,
        "mail": DeliverySerializer(mail).data,
    }


@extend_schema_field({"type": "integer"})
class BuyerField(serializers.Field[User, Any, int, User]):
    """The holder of the tickets: the signed-in user, or for a manager any user.

    Other users get 403 whether or not the id exists, so that they cannot probe for accounts.
    """

    default_error_messages = {
        "invalid": "Send the id of a person, a whole number.",
        "missing": "There is no such person.",
    }

    def to_internal_value(self, data: Any) -> User:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        user: User = self.context["request"].user
        if data == user.pk:
            return user
        if not user.is_staff:
            raise NotAllowed(Code.PERMISSION_DENIED, "Only managers buy tickets for others.")
        return User.objects.filter(pk=data).first() or self.fail("missing")


class SeatLabelField(StrictCharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=16, help_text="Such as A1.", **options)


class SpecialSeatsSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    """The customer's word on wheelchair places and companion seats."""

    special_seats_confirmed = StrictBooleanField(
        default=False,
        help_text="Whether the wheelchair places and companion seats among the seats are needed: they are not sold "
        "otherwise, 409 `special_seats_unconfirmed`.",
    )


class SeatsOrQuantitySerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    """A session, with either `seats` or a `quantity`."""

    session_id = IdField()
    seats = StrictListField(
        child=SeatLabelField(), max_length=MOST_SEATS, required=False, help_text="Labels such as A1."
    )
    quantity = StrictIntegerField(
        min_value=1,
        max_value=MOST_SEATS,
        required=False,
        help_text="Number of the best available seats. Never wheelchair places or companion seats.",
    )


class NewTicketSerializer(SpecialSeatsSerializer):
    session_id = IdField()
    seat = SeatLabelField(required=False)
    user_id = BuyerField(source="user", required=False, help_text="For managers: id of the holder, if not yourself.")


class NewTicketsSerializer(SpecialSeatsSerializer, SeatsOrQuantitySerializer):
    user_id = BuyerField(source="user", required=False, help_text="For managers: id of the holder, if not yourself.")
