"""Rooms in the admin; their seats are edited as text, with a preview beside it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextareaWidget

from cinema.models import Room, Seat
from cinema.rooms import editing, plans
from cinema.rooms.seat_plan import lay_out
from common.admin.base import ModelAdmin
from common.admin.mixins import WriteFunctionAdmin, convert_refusals
from common.forms import WriteFunctionForm

SIGNS = ", ".join(f"{sign} is a {name}" for sign, name in plans.NAMES.items())
HELP = (
    f"One line for each row, the first nearest to the screen: {SIGNS}. A line with gaps only "
    "is an aisle across the room. Rows are lettered from A, seats are numbered from the left. "
    "Chairs that are sold keep their place and name, so nothing can be added or removed in front of them."
)


class PlanWidget(UnfoldAdminTextareaWidget):
    """The text of a plan with its preview, which the server draws again after each pause in typing."""

    def format_value(self, value: Any) -> str:
        """Mark an empty first line by a gap: browsers drop a line break at the beginning of a text."""
        lines = (value or "").replace("\r\n", "\n")
        return f"_{lines}" if lines.startswith("\n") else lines

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        text: SafeString = super().render(name, value, attrs, renderer)
        return mark_safe(  # noqa: S308 - both parts are escaped already
            render_to_string("admin/cinema/plan_widget.html", {"text": text, **_preview(value or "")})
        )


class PlanField(forms.CharField):
    """The text of a plan with the line ends of the stored plan, so that an unchanged text counts as unchanged."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or "") != (data or "").replace("\r\n", "\n").rstrip()


class RoomForm(WriteFunctionForm):
    plan = PlanField(label="Plan", help_text=HELP, strip=False)

    class Meta:
        model = Room
        fields = ["number", "name", "turnaround_minutes"]
        help_texts = {"name": "Everyone with tickets to come is told of a new number or name."}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["plan"] = plans.render(self.instance.seats.filter(in_use=True))
        attrs = {
            "rows": 16,
            "class": "plan-text",
            "spellcheck": "false",
            "autocapitalize": "none",
            "autocomplete": "off",
            "hx-post": reverse("admin:cinema_room_preview"),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#plan-preview",
            "hx-sync": "this:replace",
        }
        if "plan" in self.fields:
            self.fields["plan"].widget = PlanWidget(attrs)

    def is_valid(self) -> bool:
        """Return False for the button "Preview": nothing is saved, the form is shown again with the seats as typed."""
        return super().is_valid() and "_preview" not in self.data


@admin.register(Room)
class RoomAdmin(WriteFunctionAdmin, ModelAdmin):
    form = RoomForm
    fields = [("number", "name", "turnaround_minutes"), "plan"]
    list_display = ["number", "name", "seats", "wheelchair_places", "turnaround", "sessions_to_come"]
    list_display_links = ["number", "name"]
    search_fields = ["number", "name"]
    ordering = ["number"]
    warn_unsaved_form = True
    compressed_fields = False

    class Media:
        css = {"all": ["cinema/seat_plan.css", "cinema/admin.css"]}

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(self.admin_site.admin_view(self.preview))
        return [path("preview/", view, name="cinema_room_preview"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        in_use = Q(seats__in_use=True)
        to_come = Q(sessions__starts_at__gt=timezone.now(), sessions__cancelled_at=None)
        return (
            super()
            .get_queryset(request)
            .annotate(
                seats_count=Count("seats", in_use, distinct=True),
                wheelchair_count=Count("seats", in_use & Q(seats__kind=Seat.Kind.WHEELCHAIR), distinct=True),
                to_come=Count("sessions", to_come, distinct=True),
            )
        )

    @admin.display(description="Seats", ordering="seats_count")
    def seats(self, room: Any) -> int:
        return int(room.seats_count)

    @admin.display(description="Wheelchair places", ordering="wheelchair_count")
    def wheelchair_places(self, room: Any) -> int:
        return int(room.wheelchair_count)

    @admin.display(description="Turnaround", ordering="turnaround_minutes")
    def turnaround(self, room: Room) -> str:
        return f"{room.turnaround_minutes} min"

    @admin.display(description="Sessions to come", ordering="to_come")
    def sessions_to_come(self, room: Any) -> int:
        return int(room.to_come)

    def preview(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        return render(request, "admin/cinema/plan_preview.html", _preview(request.POST.get("plan", "")))

    # --- Writing -----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Room, form: RoomForm, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.fields if not change or name in form.changed_data}
        with convert_refusals():
            saved = editing.change_room(obj.pk, values) if change else editing.create_room(**values)
        obj.pk = saved.pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Room) -> None:
        with convert_refusals():
            editing.delete_room(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        for pk in sorted(queryset.values_list("pk", flat=True)):
            with convert_refusals():
                editing.delete_room(pk)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Return what Django's page lists; whether a room can be deleted is decided by `editing.delete_room`."""
        rows = list(objs)
        counts = {"rooms": len(rows), "seats": Seat.objects.filter(room__in=rows).count()}
        return [str(room) for room in rows], counts, set(), []


def _preview(text: str) -> dict[str, Any]:
    """Return the context of a plan as it is typed: `plan`, or `mistakes`."""
    try:
        return {"plan": lay_out(plans.parse(text))}
    except ValidationError as error:
        return {"mistakes": error.messages}
