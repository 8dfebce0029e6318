"""People in the admin: managers look, superusers promote."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from accounts.models import User


@admin.register(User)
class UserAdmin(ModelAdmin):
    list_display = ["username", "email", "name", "role", "is_active", "created_at", "last_login"]
    list_filter = ["role", "is_active", "is_superuser"]
    search_fields = ["username", "email", "name"]
    fields = ["username", "email", "name", "role", "date_of_birth", "is_active", "is_superuser"]
    readonly_fields = ["created_at", "last_login"]
