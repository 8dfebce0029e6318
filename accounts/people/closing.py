"""Deleting an account for good: by its owner, or by a manager."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.sign_in.site_sign_ins import session_keys
from common.errors import Code, NotAllowed


def close_account(user: User) -> None:
    """Delete the user with all their rows and sign-ins, so that nothing that names them remains."""
    with transaction.atomic():
        Session.objects.filter(session_key__in=session_keys(user)).delete()
        history = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
        history.update(object_repr="a closed account", change_message="")
        User.objects.select_for_update().get(pk=user.pk).delete()


@transaction.atomic
def erase_account(user: User, by: User) -> None:
    """Close another person's account. Raise what `check_erasable` does, and Http404 for one that is closed already."""
    found = get_object_or_404(User.objects.select_for_update(), pk=user.pk)
    check_erasable(found, by)
    close_account(found)


def check_erasable(user: User, by: User) -> None:
    """Raise PermissionDenied unless `by` is a manager, and NotAllowed for an account that `by` cannot erase."""
    if not by.is_staff:
        raise PermissionDenied
    if user.pk == by.pk:
        raise NotAllowed(Code.PERMISSION_DENIED, "Delete your own account on your account page.")
    if (user.is_manager or user.is_superuser) and not by.is_superuser:
        raise NotAllowed(Code.PERMISSION_DENIED, f"{user} is a manager, whose account only a superuser can delete.")
