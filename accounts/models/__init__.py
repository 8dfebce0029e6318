"""Users, their sign-ins and their notifications."""

from accounts.models.notifications import Mail, Notification
from accounts.models.people import (
    EARLIEST_BIRTH,
    EMAIL_TAKEN,
    USERNAME_TAKEN,
    User,
    UserManager,
    nfkc,
    validate_date_of_birth,
    validate_name,
    validate_username,
)
from accounts.models.sign_ins import UserSession

__all__ = [
    "EARLIEST_BIRTH",
    "EMAIL_TAKEN",
    "USERNAME_TAKEN",
    "Mail",
    "Notification",
    "User",
    "UserManager",
    "UserSession",
    "nfkc",
    "validate_date_of_birth",
    "validate_name",
    "validate_username",
]
