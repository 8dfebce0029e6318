"""The outcome of a run, as tests compare it."""

from typing import Any

from catalog_sync.models import SyncLog

COUNTS = ("created", "updated", "unchanged", "failed")


def outcome(run: SyncLog) -> dict[str, Any]:
    """Return all of a run but its times, without counts that are 0 and empty remarks."""
    values = {name: getattr(run, name) for name in ("status", *COUNTS, "remarks", "error_message")}
    assert sum(getattr(run, name) for name in COUNTS) == run.total_synced
    return {name: value for name, value in values.items() if value}
