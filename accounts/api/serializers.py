"""Serializers of users and their sign-ins. The rules are in the write functions."""

from typing import Any

from rest_framework import serializers

from accounts.models import User, UserSession
from accounts.sign_in.passwords import MAX_LENGTH
from common.api.answers.sparse import SparseFields
from common.api.fields import StrictBooleanField, StrictCharField
from common.api.parsing import KnownFieldsOnly

MAX_TOKEN = 2000


class Password(StrictCharField):
    """A password as it was typed, spaces included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            trim_whitespace=False, max_length=MAX_LENGTH, write_only=True, style={"input_type": "password"}, **options
        )


class UserSerializer(SparseFields, serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username", "email", "name", "role", "date_of_birth", "created_at"]
        read_only_fields = fields


class PersonSerializer(serializers.ModelSerializer[User]):
    """Serializer of a user for other users."""

    class Meta:
        model = User
        fields = ["id", "username"]
        read_only_fields = fields


class SignedInSerializer(serializers.Serializer[Any]):
    user = UserSerializer()
    access = serializers.CharField(help_text="For `Authorization: Bearer`; valid for some minutes.")
    refresh = serializers.CharField(help_text="For a new pair, once. It is also a cookie that scripts cannot read.")


class PairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class RegisterSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    username = StrictCharField(max_length=150)
    email = StrictCharField(max_length=254)
    password = Password()
    name = StrictCharField(max_length=150, required=False, allow_blank=True)
    date_of_birth = serializers.DateField(required=False, allow_null=True)


class LoginSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    username = StrictCharField(max_length=254, required=False, help_text="This or `email`.")
    email = StrictCharField(max_length=254, required=False)
    password = Password()
    code = StrictCharField(max_length=32, required=False, help_text="From the authenticator app, if one is set up.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("username" in attrs) == ("email" in attrs):
            raise serializers.ValidationError({"username": ["Send either username or email."]})
        return attrs


class RefreshSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    refresh = StrictCharField(max_length=MAX_TOKEN, required=False, help_text="If it is missing, the cookie is used.")


class LogoutSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    everywhere = StrictBooleanField(default=False, help_text="End every sign-in of the account, not only this one.")


class ProfileSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    name = StrictCharField(max_length=150, required=False, allow_blank=True)
    email = StrictCharField(max_length=254, required=False)
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    current_password = Password(required=False, allow_blank=True, default="", help_text="Required for a new address.")


class PasswordSerializer(KnownFieldsOnly, serializers.Serializer[Any]):
    old_password = Password()
    new_password = Password()


class SessionSerializer(serializers.ModelSerializer[UserSession]):
    last_used_at = serializers.DateTimeField(source="rotated_at", help_text="When its tokens were last issued.")
    current = serializers.SerializerMethodField(help_text="Whether this request uses it.")

    class Meta:
        model = UserSession
        fields = ["id", "created_at", "last_used_at", "expires_at", "user_agent", "ip", "current"]
        read_only_fields = fields

    def get_current(self, session: UserSession) -> bool:
        return bool(session == self.context["request"].auth)
