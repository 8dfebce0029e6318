"""Copying a day or a week of the programme: first a table of the results, then the copies."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from cinema.admin.display import count_of
from cinema.admin.widgets import day_input
from cinema.models import Room
from cinema.programme import copying
from cinema.programme.copying import CopyResult, Outcome
from common.refusals import REFUSALS, add_refusal, describe_refusal

# Unfold's colour and the text of each outcome.
OUTCOME_LABELS = {
    Outcome.COPIED: ("success", "fits"),
    Outcome.CLASH: ("danger", "clash"),
    Outcome.PAST: ("warning", "past"),
    Outcome.SKIPPED_TIME: ("warning", "no such time"),
}


class CopyForm(forms.Form):
    first_day = forms.DateField(label="From", widget=day_input(), help_text="For a week, its first day.")
    days = forms.TypedChoiceField(
        label="Copy",
        coerce=int,
        choices=[(copying.DAY, "this day"), (copying.WEEK, "seven days")],
        widget=UnfoldAdminSelectWidget(),
    )
    to_day = forms.DateField(label="To", widget=day_input(), help_text="For a week, the first day of the copy.")
    rooms = forms.ModelMultipleChoiceField(
        Room.objects.all(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Tick none for all rooms.",
    )
    as_drafts = forms.BooleanField(label="As drafts", required=False, widget=UnfoldBooleanWidget())
    skip_clashes = forms.BooleanField(
        label="Leave out what can’t be copied",
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text="Otherwise either all sessions are copied or none.",
    )

    def copy(self, dry_run: bool) -> list[CopyResult]:
        cleaned = self.cleaned_data
        return copying.copy_programme(
            cleaned["first_day"],
            cleaned["to_day"],
            cleaned["days"],
            list(cleaned["rooms"]) or None,
            dry_run=dry_run,
            skip_clashes=cleaned["skip_clashes"],
            as_drafts=cleaned["as_drafts"],
        )


class CopyMixin:
    """The page "Copy a day or a week" of the admin of sessions."""

    admin_site: Any
    opts: Any
    media: Any

    @action(description="Copy a day or a week", url_path="copy", permissions=["add"], icon="content_copy")
    def copy(self, request: HttpRequest) -> HttpResponse:
        form = CopyForm(request.POST or None, initial={"first_day": request.GET.get("from", "")})
        outcomes = self._copy_programme(request, form) if form.is_valid() else []
        if outcomes and "_copy" in request.POST and form.is_valid():
            copies = [one.copy for one in outcomes if one.copy]
            for session in copies:
                self.log_addition(request, session, [{"added": {}}])  # type: ignore[attr-defined]
            messages.success(request, f"{count_of(len(copies), 'session')} copied.")
            return redirect(reverse("admin:cinema_moviesession_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Copy a day or a week",
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
            "is_answered": bool(outcomes) or (form.is_bound and form.is_valid()),
            "outcomes": [(one, *OUTCOME_LABELS[one.outcome]) for one in outcomes],
            "fit": sum(one.outcome is Outcome.COPIED for one in outcomes),
        }
        return TemplateResponse(request, "admin/cinema/copy.html", context)

    def _copy_programme(self, request: HttpRequest, form: CopyForm) -> list[CopyResult]:
        """Copy, or only plan the copies; show errors at the fields, and those of sessions in the table."""
        try:
            return form.copy(dry_run="_copy" not in request.POST)
        except REFUSALS as error:
            refusal = describe_refusal(error)
            if refusal.status == 409:
                form.add_error(None, refusal.messages)
                return form.copy(dry_run=True)
            add_refusal(form, error, {"from": "first_day", "to": "to_day"})
            return []
