"""What the page of notifications shows of a notification's kind."""

from django import template

from accounts.models import Notification
from accounts.notifications import kinds

register = template.Library()


@register.filter
def buttons(notification: Notification) -> str:
    """Return the path of the template with the buttons of its kind; empty for kinds without, and for what is read."""
    return "" if notification.read_at else kinds.buttons_of(notification.kind)
