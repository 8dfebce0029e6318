"""The form of a session: a day, and times by the cinema's clock."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cinema.admin.widgets import day_input, time_input
from cinema.core.local_time import parse_slot, to_local, to_utc
from cinema.models import MovieSession
from common.forms import WriteFunctionForm


class SessionForm(WriteFunctionForm):
    field_names = {"starts_at": "start", "ends_at": "end"}

    day = forms.DateField(label="Day", widget=day_input())
    start = forms.TimeField(label="Begins at", widget=time_input(), help_text="By the cinema's clock.")
    end = forms.TimeField(
        label="Ends at",
        required=False,
        widget=time_input(),
        help_text="Leave it empty for film and advertisements. An end before the start is after midnight.",
    )

    class Meta:
        model = MovieSession
        fields = ["movie", "room", "published"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            start, end = to_local(self.instance.starts_at), to_local(self.instance.ends_at)
            self.initial.update(day=start.date(), start=_cut_to_minute(start), end=_cut_to_minute(end))
            if "end" in self.fields:
                self.fields["end"].help_text = "Leave it as it is to keep the length when the session moves."

    def clean(self) -> dict[str, Any]:
        """Add `starts_at` and `ends_at`, each only if it was changed."""
        cleaned = super().clean()
        day, start, end = (cleaned.get(name) for name in ("day", "start", "end"))
        if day and start:
            try:
                cleaned |= self._moments(day, start, end)
            except ValidationError as error:
                self.add_error("start", error)
        return cleaned

    def _moments(self, day: date, start: time, end: time | None) -> dict[str, datetime]:
        moments: dict[str, datetime] = {}
        moved = not self.instance.pk or {"day", "start"} & set(self.changed_data)
        if moved:
            moments["starts_at"] = to_utc(day, start)
        if end and (not self.instance.pk or "end" in self.changed_data):
            moments["ends_at"] = parse_slot(day, f"{start:%H:%M}-{end:%H:%M}")[1]
        return moments

    def values(self) -> dict[str, Any]:
        """Return the arguments of `scheduling.schedule`."""
        cleaned = self.cleaned_data
        return {name: cleaned[name] for name in ("movie", "room", "starts_at", "published")} | {
            "ends_at": cleaned.get("ends_at")
        }

    def changes(self) -> dict[str, Any]:
        """Return the changes for `scheduling.change_session`."""
        cleaned = self.cleaned_data
        changed = {name: cleaned[name] for name in ("room", "published") if name in self.changed_data}
        return changed | {name: cleaned[name] for name in ("starts_at", "ends_at") if name in cleaned}


def _cut_to_minute(when: datetime) -> time:
    return when.time().replace(second=0, microsecond=0)
