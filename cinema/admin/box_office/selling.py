"""Selling tickets to a customer at the counter or on the telephone."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action

from accounts.models import User
from cinema.admin.display import count_of, occupancy_bar
from cinema.admin.widgets import number_input, search_box
from cinema.box_office import purchases
from cinema.models import MovieSession, Purchase, Ticket
from cinema.queries import days, sessions
from cinema.queries.seats import seat_map
from cinema.rooms.seat_plan import STAFF_WORDS, lay_out
from common.refusals import REFUSALS, add_refusal

SESSIONS_OFFERED = 24  # without a search
FORM_FIELDS = {"user_id": "customer"}  # field of an error -> field of the form


class SessionChoice(forms.Form):
    session = forms.ModelChoiceField(MovieSession.objects.select_related("movie"), label="Session")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["session"].widget = search_box(Ticket, "session")
        self.fields["session"].widget.choices = self.fields["session"].choices  # type: ignore[attr-defined]


class SellForm(forms.Form):
    customer = forms.ModelChoiceField(User.objects.filter(is_active=True), help_text="Username, name or email.")
    seats = forms.MultipleChoiceField(required=False)
    quantity = forms.IntegerField(
        label="Quantity",
        required=False,
        min_value=1,
        widget=number_input(min=1, inputmode="numeric"),
        help_text="Sells the best available seats, side by side where possible. Or choose seats below.",
    )
    special_seats_confirmed = forms.BooleanField(
        label="Needed",
        required=False,
        help_text="The customer needs the wheelchair places and companion seats that are chosen. They are not sold "
        "otherwise, and never as the best available.",
    )
    # An idempotency key: a form that is sent twice sells once.
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, labels: list[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["customer"].widget = search_box(Ticket, "user")
        self.fields["customer"].widget.choices = self.fields["customer"].choices  # type: ignore[attr-defined]
        self.fields["seats"].choices = [(label, label) for label in labels]  # type: ignore[attr-defined]

    def buy(self, session: MovieSession, by: User) -> Purchase:
        cleaned = self.cleaned_data
        return purchases.buy(
            session.pk,
            cleaned["customer"],
            by,
            seats=cleaned["seats"] or None,
            quantity=cleaned["quantity"],
            special_seats_confirmed=cleaned["special_seats_confirmed"],
            key=cleaned["key"],
        )


class SellingMixin:
    """The pages "Sell tickets" of the admin of tickets."""

    admin_site: Any
    opts: Any
    media: Any

    def has_sell_permission(self, request: Any) -> bool:
        return bool(request.user.has_perm("cinema.add_ticket"))

    @action(description="Sell tickets", url_path="sell", permissions=["sell"], icon="sell")
    def sell(self, request: Any) -> HttpResponse:
        choice = SessionChoice(request.GET if "session" in request.GET else None)
        if choice.is_bound and choice.is_valid():
            return self._sell_for(request, choice.cleaned_data["session"])
        rows = sessions.not_over(sessions.on_sale(MovieSession.objects.select_related("movie", "room")))
        rows = sessions.with_seat_counts(days.with_occupancy(rows)).order_by("starts_at", "room__number")
        context = {
            "form": choice,
            "coming": [
                (session, occupancy_bar(session, session.special_free))
                for session in rows.defer("movie__search_vector")[:SESSIONS_OFFERED]
            ],
        }
        return self._render(request, "Sell tickets: which session?", "admin/cinema/sell_choose.html", context, choice)

    def _sell_for(self, request: Any, session: MovieSession) -> HttpResponse:
        form = SellForm(
            [seat.label for seat in seat_map(session)],
            request.POST or None,
            initial={"key": uuid4().hex, "customer": request.GET.get("customer")},
        )
        if form.is_valid() and (purchase := self._buy(request, form, session)):
            number = purchase.tickets.count()
            messages.success(request, f"{count_of(number, 'ticket')} sold to {purchase.user}.")
            address = reverse("admin:cinema_ticket_changelist")
            return redirect(f"{address}?purchase__id__exact={purchase.pk}")
        chosen = list(form["seats"].value() or [])
        context = {"form": form, "session": session, "plan": lay_out(seat_map(session), STAFF_WORDS), "chosen": chosen}
        return self._render(request, "Sell tickets", "admin/cinema/sell.html", context, form)

    def _buy(self, request: Any, form: SellForm, session: MovieSession) -> Purchase | None:
        try:
            return form.buy(session, request.user)
        except REFUSALS as error:
            add_refusal(form, error, FORM_FIELDS)
            return None

    def _render(
        self, request: HttpRequest, title: str, template: str, context: dict[str, Any], form: forms.Form
    ) -> HttpResponse:
        shared = self.admin_site.each_context(request)
        own = {"title": title, "opts": self.opts, "media": self.media + form.media}
        return TemplateResponse(request, template, {**shared, **own, **context})
