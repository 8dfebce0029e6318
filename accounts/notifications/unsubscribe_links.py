"""The signed link in mails that ends them."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import User

# Part of every link that was ever sent: it never changes.
UNSUBSCRIBE_SALT = "accounts.unsubscribe"


def unsubscribe_url(user: User) -> str:
    """Return the user's link. It never expires and needs no sign-in; it allows nothing but to unsubscribe."""
    token = signing.Signer(salt=UNSUBSCRIBE_SALT).sign(str(user.pk))
    return settings.PUBLIC_URL + reverse("unsubscribe", args=[token])


def find_user(token: str) -> User | None:
    """Return the user of a link's token; None when it was tampered with or the account was deleted."""
    try:
        pk = int(signing.Signer(salt=UNSUBSCRIBE_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return User.objects.filter(pk=pk).first()
