"""Every read of people, their sign-ins and notifications that is more than a one-line filter."""

from collections.abc import Collection
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import F, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import Notification, User, UserSession

# Public name -> what the list of people is sorted by.
ORDERINGS: dict[str, F] = {"username": F("username"), "created_at": F("created_at")}

NOTIFICATION_ORDERINGS: dict[str, F] = {"created_at": F("created_at")}
# The bell counts no further: what is beyond reads "99+".
COUNTED = 100


def find(*, username: str | None = None, email: str | None = None) -> User | None:
    """Whoever has this name, or this address, ignoring case and width; closed accounts as well."""
    try:
        if email is not None:
            return User.objects.get_by_email(email)
        return User.objects.get_by_natural_key(username)
    except User.DoesNotExist:
        return None


def live_sessions(user: User) -> QuerySet[UserSession]:
    """The sign-ins that still work, the one used last first."""
    return UserSession.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now())


def live_session(pk: UUID, user_id: int) -> UserSession | None:
    """One query, with the person: every request with an access token asks this."""
    alive = {"revoked_at": None, "expires_at__gt": timezone.now(), "user__is_active": True}
    return UserSession.objects.select_related("user").filter(pk=pk, user_id=user_id, **alive).first()


def owners_of_sessions(ids: Collection[UUID]) -> dict[UUID, User]:
    """Who is signed in by each of these, where it still works. One query, and none for no ids."""
    alive = {"revoked_at": None, "expires_at__gt": timezone.now(), "user__is_active": True}
    return {row.pk: row.user for row in UserSession.objects.select_related("user").filter(pk__in=ids, **alive)}


def people() -> QuerySet[User]:
    return User.objects.all()


def notifications_of(user: User) -> QuerySet[Notification]:
    """The newest first."""
    return Notification.objects.filter(user=user)


def unread_notices(user: User) -> int:
    """At most COUNTED: every page with the bell asks this, of an index that holds only what is unread."""
    return Notification.objects.filter(user=user, read_at=None).order_by()[:COUNTED].count()


def confirmed_addresses(user: User | OuterRef, email: Combinable) -> QuerySet[EmailAddress]:
    """The proof, if there is one, that mails to this address reach them: a link that stood in one was opened."""
    return EmailAddress.objects.alias(lower=Lower("email")).filter(user=user, verified=True, lower=Lower(email))


def is_confirmed(user: User) -> bool:
    return confirmed_addresses(user, Value(user.email)).exists()
