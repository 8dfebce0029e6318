"""The second factor that managers need to manage (REQUIRE_SECOND_FACTOR). Without it they are customers."""

from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.conf import settings

from accounts.models import User
from common.errors import Code, NotAllowed

SET_UP_FIRST = "Managers need a second factor. Set up an authenticator app on your account page first."


def check_set_up(user: User) -> None:
    """Raise NotAllowed for a manager who has yet to set up the second factor."""
    if user.lacks_second_factor:
        raise NotAllowed(Code.SECOND_FACTOR_NOT_SET_UP, SET_UP_FIRST)


def look_up_all(users: Collection[User]) -> None:
    """Look up at once who of `users` has a second factor. One query, and none where it is not asked for."""
    if not settings.REQUIRE_SECOND_FACTOR or not users:
        return
    having = set(
        Authenticator.objects.filter(user__in=users, type=Authenticator.Type.TOTP).values_list("user_id", flat=True)
    )
    for user in users:
        user.__dict__["has_second_factor"] = user.pk in having
