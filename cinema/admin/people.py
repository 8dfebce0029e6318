"""People in the admin, with a link to their tickets."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin import UserAdmin
from accounts.models import User
from cinema.admin.display import count_of
from cinema.queries import tickets

# The app accounts does not depend on the cinema, so the link is added to its page here.
admin.site.unregister(User)


@admin.register(User)
class PatronAdmin(UserAdmin):
    fields = [*UserAdmin.fields, "tickets"]
    readonly_fields = [*UserAdmin.readonly_fields, "tickets"]

    class Media:
        css = {"all": ["cinema/admin.css"]}

    @admin.display(description="Tickets")
    def tickets(self, user: User) -> SafeString:
        address = f"{reverse('admin:cinema_ticket_changelist')}?user__id__exact={user.pk}"
        number = count_of(tickets.of_user(user).count(), "ticket")
        return format_html('<a class="admin-link" href="{}">{}</a>', address, number)
