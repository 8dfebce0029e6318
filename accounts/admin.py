"""People in the admin: managers look, superusers promote."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession as SiteSession
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.models import User

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
