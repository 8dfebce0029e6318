"""Deleting an account for good: by its owner, or by a manager. A manager can also close one, which keeps its rows."""

from collections.abc import Callable

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.sign_in.site_sign_ins import session_keys
from common.errors import Code, NotAllowed

# What an account gives up when it closes, in the apps above, which register it when they start.
_claims: list[Callable[[User], None]] = []


def register_claims(give_up: Callable[[User], None]) -> None:
    """Have `give_up` called in the transaction that closes or deletes an account, before the account is locked."""
    _claims.append(give_up)


def give_up_claims(user: User) -> None:
    """Release what the account keeps from others. Does nothing the second time."""
    for give_up in _claims:
        give_up(user)


@transaction.atomic
def close_account(user: User) -> None:
    """Delete the user with all their rows and sign-ins, so that nothing that names them remains.

    Raises Http404 for an account that is deleted already.
    """
    give_up_claims(user)
    _delete_account(get_object_or_404(User.objects.select_for_update(), pk=user.pk))


@transaction.atomic
def erase_account(user: User, by: User) -> None:
    """Close another person's account. Raise what `check_erasable` does, and Http404 for one that is closed already."""
    check_erasable(get_object_or_404(User, pk=user.pk), by)
    give_up_claims(user)
    found = get_object_or_404(User.objects.select_for_update(), pk=user.pk)
    check_erasable(found, by)
    _delete_account(found)


def _delete_account(user: User) -> None:
    Session.objects.filter(session_key__in=session_keys(user)).delete()
    history = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    history.update(object_repr="a closed account", change_message="")
    user.delete()


def check_erasable(user: User, by: User) -> None:
    """Raise PermissionDenied unless `by` is a manager, and NotAllowed for an account that `by` cannot erase."""
    if not by.is_staff:
        raise PermissionDenied
    if user.pk == by.pk:
        raise NotAllowed(Code.PERMISSION_DENIED, "Delete your own account on your account page.")
    if (user.is_manager or user.is_superuser) and not by.is_superuser:
        raise NotAllowed(Code.PERMISSION_DENIED, f"{user} is a manager, whose account only a superuser can delete.")
