"""Reads of users, their sign-ins and their notifications."""

from collections.abc import Collection
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Notification, User, UserSession, to_nfkc
from common.database.kept import Parameter, kept_query

# Public name -> the column that the list of users is sorted by.
ORDERINGS: dict[str, F] = {"username": F("username"), "created_at": F("created_at")}

NOTIFICATION_ORDERINGS: dict[str, F] = {"created_at": F("created_at")}
# The number of unread notifications is counted up to this; the bell shows "99+" for it.
MAX_UNREAD = 100


def find_user(*, username: str | None = None, email: str | None = None) -> User | None:
    """Return the user with this username, or who has confirmed this email, ignoring case and width.

    Closed accounts as well. Other accounts may have given the same email without confirming it.
    """
    try:
        if email is not None:
            return _addresses(email).select_related("user").get(verified=True).user
        return User.objects.get_by_natural_key(username)
    except (EmailAddress.DoesNotExist, User.DoesNotExist):
        return None


def users_with_address(email: str) -> QuerySet[User]:
    """Return the users who have given this email, ignoring case and width, whether confirmed or not; newest first."""
    rows = User.objects.alias(lower=Lower("email")).filter(lower=Lower(Value(to_nfkc(email))))
    return rows.order_by("-id")


def _addresses(email: str) -> QuerySet[EmailAddress]:
    # Lower() is what the unique index is over.
    return EmailAddress.objects.alias(lower=Lower("email")).filter(lower=Lower(Value(to_nfkc(email))))


def normalize_identifier(text: str) -> str:
    """Return a username or an email in the form in which the database compares it: two that are equal are one."""
    with connection.cursor() as cursor:
        # As in the unique indexes and in UserManager: only PostgreSQL knows what its lower() does.
        cursor.execute("SELECT lower(%s)", [to_nfkc(text)])
        return str(cursor.fetchone()[0])


def users() -> QuerySet[User]:
    return User.objects.all()


def managers() -> QuerySet[User]:
    return User.objects.filter(role=User.Role.MANAGER)


def live_sign_ins(user: User) -> QuerySet[UserSession]:
    """Return the user's sign-ins of programs that have not ended, the one used last first."""
    return UserSession.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now())


def find_live_sign_in(pk: UUID, user_id: int) -> UserSession | None:
    """Return the sign-in with its user, if it has not ended. One query: every request with an access token runs it."""
    live = {"revoked_at": None, "expires_at__gt": timezone.now(), "user__is_active": True}
    return UserSession.objects.select_related("user").filter(pk=pk, user_id=user_id, **live).first()


def users_by_sign_in(ids: Collection[UUID]) -> dict[UUID, User]:
    """Return the user of each of these sign-ins that has not ended. One query, and none without ids."""
    live = {"revoked_at": None, "expires_at__gt": timezone.now(), "user__is_active": True}
    return {row.pk: row.user for row in UserSession.objects.select_related("user").filter(pk__in=ids, **live)}


def notifications_of(user: User) -> QuerySet[Notification]:
    """Return the user's notifications, the newest first."""
    return Notification.objects.filter(user=user)


def count_unread(user: User) -> int:
    """Return the number of unread notifications, MAX_UNREAD at most.

    Every page with the bell runs this; its index holds only the unread ones.
    """
    return len(_unread(user=user.pk))


@kept_query
def _unread(*, user: Parameter) -> QuerySet[Notification, int]:
    return Notification.objects.filter(user=user, read_at=None).order_by().values_list("pk", flat=True)[:MAX_UNREAD]


def confirmed_addresses(user: User | OuterRef | Parameter, email: Combinable) -> QuerySet[EmailAddress]:
    """Return the user's confirmed addresses that equal `email`: the user has opened a link that was mailed there."""
    return EmailAddress.objects.alias(lower=Lower("email")).filter(user=user, verified=True, lower=Lower(email))


def is_confirmed(user: User) -> bool:
    return confirmed_addresses(user, Value(user.email)).exists()
