"""People in the admin: managers look, superusers promote."""

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

# Secrets and sign-ins are nobody's to look at, and keys of providers come from the environment.
admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, SiteSession])


@admin.register(User)
class UserAdmin(ModelAdmin):
    """Accounts are made where a password is chosen: by registering, or by `manage.py createmanager`."""

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
    """What was told to whom, and whether the mail went out. For superusers alone: it reveals who wants to see what."""

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
        """Nothing where none of its own was wanted: it may have been in a digest."""
        mail = getattr(notification, "mail", None)
        return mail.get_state_display() if mail else ""
