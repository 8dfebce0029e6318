"""Notifications on the site, and the mails that are sent for them."""

from typing import TypeAlias

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.people import User


class Notification(models.Model):
    """A notification of one user. `subject` names what it is about: each kind and subject is sent once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=32, help_text="One of the registered kinds: see accounts.notifications.kinds.")
    subject = models.CharField(max_length=100, help_text='What it is about, such as "session 12"; not shown.')
    text = models.CharField(max_length=1000, help_text="The first line is the headline; further lines are details.")
    link = models.CharField(max_length=500, help_text="A path of this site.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    emailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "subject"], name="notification_told_once"),
            # Not the list of kinds: each new one would need a migration. `notify` refuses what is not registered.
            models.CheckConstraint(condition=Q(kind__regex=r"^[a-z][a-z_]*$"), name="notification_kind_is_a_word"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(text=""), name="notification_says_something"),
            # "//host" and "/\host" would lead away from the site.
            models.CheckConstraint(condition=Q(link__regex=r"^/([^/\\]|$)"), name="notification_link_is_a_path"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(fields=["created_at", "id"], name="notification_newest"),
        ]

    def __str__(self) -> str:
        return self.headline

    @property
    def headline(self) -> str:
        return self.text.partition("\n")[0]

    @property
    def details(self) -> str:
        return self.text.partition("\n")[2]


class MailState(models.TextChoices):
    DUE = "due", "due"
    SENT = "sent", "sent"
    DROPPED = "dropped", "no longer wanted"
    FAILED = "failed", "given up"


class Mail(models.Model):
    """A mail that the worker has to send or has sent: of one notification, a day's digest, or about an account.

    The last has a `text`, which may hold a secret link: it is deleted once the mail is no longer due. One of a
    notification can be sent again. A table of its own, because the worker locks the row for as long as the mail
    server takes, and marking a notification as read must not wait for that.
    """

    State: TypeAlias = MailState

    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="mails")
    notification = models.OneToOneField(Notification, models.CASCADE, null=True, blank=True, related_name="mail")
    digest_day = models.DateField(null=True, blank=True, help_text="In the cinema's time zone.")
    address = models.EmailField(
        blank=True, default="", db_default="", help_text="Where it goes. Of a mail to a user: where it went, once sent."
    )
    subject = models.CharField(max_length=200, blank=True, default="", db_default="")
    text = models.TextField(blank=True, default="", db_default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=100, blank=True, default="", db_default="", help_text="Of the last attempt.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="The last time.")
    times_sent = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "digest_day"], name="mail_one_digest_a_day"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, notification=None, digest_day__isnull=False)
                | Q(user__isnull=False, digest_day=None, notification__isnull=False)
                | (Q(user=None, notification=None, digest_day=None) & ~Q(address="")),
                name="mail_has_one_subject",
            ),
            models.CheckConstraint(condition=Q(text="") | Q(state=MailState.DUE), name="mail_text_only_while_due"),
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="mail_state_known"),
            models.CheckConstraint(
                condition=~Q(state=MailState.SENT) | Q(sent_at__isnull=False, times_sent__gte=1),
                name="mail_sent_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=MailState.DUE), name="mail_due"),
            # For the limit on mails to an address that is not confirmed.
            models.Index(fields=["address", "sent_at"], condition=Q(sent_at__isnull=False), name="mail_sent"),
        ]

    def __str__(self) -> str:
        if self.notification_id is not None:
            return f"notification {self.notification_id}"
        return f"digest of {self.digest_day}" if self.digest_day else self.subject
