"""Users and notifications in the admin: managers look, correct dates of birth and erase; superusers promote."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession as SiteSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from accounts import queries
from accounts.models import Mail, Notification, User
from accounts.notifications import kinds
from accounts.people import closing, profile
from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin, WriteFunctionAdmin, convert_refusals
from common.errors import NotAllowed
from common.refusals import add_refusal

# Secrets and sign-ins are private, keys of providers come from the environment, and roles stand for groups.
admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, SiteSession, Group])


class DateOfBirthForm(forms.Form):
    """A corrected date of birth, and why it is corrected: what the manager has seen."""

    date_of_birth = forms.DateField(
        required=False, widget=UnfoldAdminSingleDateWidget, help_text="Leave it empty if it is not known."
    )
    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="Such as “passport shown at the box office”. It is kept in the history of the account.",
    )


@admin.register(User)
class UserAdmin(WriteFunctionAdmin, ModelAdmin):
    """Admin of accounts. None is created here: users register, and `manage.py createmanager` creates managers.

    Deleting is what the account page does: templates/admin/accounts/user/ says what is deleted and what stays.
    """

    list_display = ["username", "email", "email_confirmed", "name", "role", "is_active", "created_at", "last_login"]
    list_filter = ["role", "is_active", "is_superuser"]
    search_fields = ["username", "email", "name"]
    ordering = ["username", "id"]
    fields = ["username", "email", "email_confirmed", "name", "role", "date_of_birth", "is_active", "is_superuser"]
    # The date of birth is corrected on a page of its own, which asks for the reason.
    readonly_fields = ["email_confirmed", "date_of_birth", "created_at", "last_login"]
    actions_detail = ["correct_date_of_birth"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        confirmed = Exists(queries.confirmed_addresses(OuterRef("pk"), OuterRef("email")))
        return super().get_queryset(request).annotate(is_email_confirmed=confirmed)

    @admin.display(description="email confirmed", boolean=True)
    def email_confirmed(self, user: User) -> bool:
        """Return whether the email is this person's: any number of accounts may give one, and one can confirm it."""
        return bool(getattr(user, "is_email_confirmed", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: User | None = None) -> bool:
        return bool(request.user.is_staff) and (obj is None or not _find_obstacle(obj, request.user))

    def delete_model(self, request: Any, obj: User) -> None:
        with convert_refusals():
            closing.erase_account(obj, by=request.user)

    def delete_queryset(self, request: Any, queryset: QuerySet[User]) -> None:
        with convert_refusals():
            for user in queryset.order_by("pk"):
                closing.erase_account(user, by=request.user)

    def response_delete(self, request: Any, obj_display: str, obj_id: int) -> HttpResponse:
        """Return to the list, which Django does only for those who may change accounts."""
        messages.success(request, f"The account {obj_display} is deleted.")
        return redirect("admin:accounts_user_changelist")

    def get_deleted_objects(self, objs: Any, request: Any) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Return the usernames, and as `protected` a sentence for each account that cannot be erased."""
        users = list(objs)
        obstacles = [sentence for user in users if (sentence := _find_obstacle(user, request.user))]
        return [str(user) for user in users], {"accounts": len(users)}, set(), obstacles

    def has_correction_permission(self, request: Any, object_id: Any = None) -> bool:
        return bool(request.user.is_staff)

    @action(description="Correct the date of birth", url_path="date-of-birth", permissions=["correction"])
    def correct_date_of_birth(self, request: HttpRequest, object_id: int) -> HttpResponse:
        user = get_object_or_404(User, pk=object_id)
        form = DateOfBirthForm(request.POST or None, initial={"date_of_birth": user.date_of_birth})
        if form.is_valid():
            try:
                profile.correct_date_of_birth(user, form.cleaned_data["date_of_birth"])
            except ValidationError as error:
                add_refusal(form, error)
            else:
                self.log_change(request, user, f"Date of birth corrected: {form.cleaned_data['reason']}")
                messages.success(request, "The date of birth is corrected.")
                return redirect("admin:accounts_user_change", user.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Correct the date of birth of {user}",
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
            "original": user,
        }
        return TemplateResponse(request, "admin/accounts/date_of_birth.html", context)


def _find_obstacle(user: User, by: User) -> str:
    """Return why a manager cannot erase the account, or nothing."""
    try:
        closing.check_erasable(user, by)
    except NotAllowed as error:
        return error.message
    return ""


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


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin, ModelAdmin):
    """Admin of mails: to whom they go, and which could not be sent. Without their texts, which hold secret links."""

    list_display = ["about", "recipient", "state", "attempts", "error", "created_at", "due_at"]
    list_filter = ["state"]
    search_fields = ["address", "user__email"]
    fields = ["about", "recipient", "state", "attempts", "error", "created_at", "due_at"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        return super().get_queryset(request).select_related("user").defer("text")

    @admin.display(description="about")
    def about(self, mail: Mail) -> str:
        """Return what the mail is about, without revealing what a customer is interested in."""
        return mail.subject or ("daily digest" if mail.digest_day else "notification")

    @admin.display(description="to")
    def recipient(self, mail: Mail) -> str:
        return mail.user.email if mail.user else mail.address
