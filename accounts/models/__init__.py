"""Users, their sign-ins and their notifications."""

from accounts.models.names import reduce_to_look, validate_scripts
from accounts.models.notifications import Mail, Notification
from accounts.models.people import (
    EARLIEST_BIRTH,
    EMAIL_TAKEN,
    USERNAME_TAKEN,
    User,
    UserManager,
    to_nfkc,
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
    "reduce_to_look",
    "to_nfkc",
    "validate_date_of_birth",
    "validate_name",
    "validate_scripts",
    "validate_username",
]
