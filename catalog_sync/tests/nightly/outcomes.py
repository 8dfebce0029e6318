"""What tests expect a run to say of itself."""

from typing import Any

from catalog_sync.models import SyncLog

COUNTS = ("created", "updated", "unchanged", "failed")


def outcome(run: SyncLog) -> dict[str, Any]:
    """All but its times; the counts that are 0 and remarks that are none are left out."""
    said = {name: getattr(run, name) for name in ("status", *COUNTS, "remarks", "error_message")}
    assert sum(getattr(run, name) for name in COUNTS) == run.total_synced
    return {name: value for name, value in said.items() if value}
