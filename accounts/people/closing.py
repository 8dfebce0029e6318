"""Deleting an account for good."""

from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User
from accounts.sign_in.site_sign_ins import session_keys


def close_account(user: User) -> None:
    """Delete the user with all their rows and sign-ins, so that nothing that names them remains."""
    with transaction.atomic():
        Session.objects.filter(session_key__in=session_keys(user)).delete()
        User.objects.select_for_update().get(pk=user.pk).delete()
