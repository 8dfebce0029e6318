"""What people choose for themselves."""

from accounts.models import User


def change(user: User, *, theme: str, email_notices: bool) -> None:
    """Only the two columns are written: whatever else changed meanwhile stays."""
    User.objects.filter(pk=user.pk).update(theme=theme, email_notices=email_notices)
    user.theme, user.email_notices = theme, email_notices
