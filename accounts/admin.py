"""Users and notifications in the admin: managers look, superusers promote."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession as SiteSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.models import Notification, User
from accounts.notifications import kinds
from common.admin.mixins import ReadOnlyAdmin

# Secrets and sign-ins are private, and keys of providers come from the environment.
admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, SiteSession])


@admin.register(User)
class UserAdmin(ModelAdmin):
    """Admin of accounts. None is created here: users register, and `manage.py createmanager` creates managers."""

    list_display = ["username", "email", "name", "role", "is_active", "created_at", "last_login"]
    list_filter = ["role", "is_active", "is_superuser"]
    search_fields = ["username", "email", "name"]
    fields = ["username", "email", "name", "role", "date_of_birth", "is_active", "is_superuser"]
    readonly_fields = ["created_at", "last_login"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return kinds.choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin, ModelAdmin):
    """Admin of notifications and whether their mails were sent. For superusers only: they reveal watchlists."""

    list_display = ["headline", "user", "kind_label", "created_at", "read_at", "emailed_at", "mail_state"]
    list_filter = [KindFilter, "mail__state"]
    search_fields = ["user__username", "user__email", "text"]
    fields = ["user", "kind_label", "subject", "text", "link", "created_at", "read_at", "emailed_at", "mail_state"]
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        return super().get_queryset(request).select_related("user", "mail")

    @admin.display(description="kind", ordering="kind")
    def kind_label(self, notification: Notification) -> str:
        return dict(kinds.choices()).get(notification.kind, notification.kind)

    @admin.display(description="mail")
    def mail_state(self, notification: Notification) -> str:
        """Return the state of its own mail, or nothing where it has none: it may have been in a digest."""
        mail = getattr(notification, "mail", None)
        return mail.get_state_display() if mail else ""
