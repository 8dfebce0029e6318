"""Deletion of expired holds, empty purchases and old claims.

Nothing depends on it: a hold ends by its time, row or no row.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from cinema.box_office.hoarding import delete_old_claims
from cinema.models import Purchase, Ticket
from cinema.queries.waiting_list import open_entries

log = structlog.get_logger(__name__)

# A customer who returns to the page of an expired hold reads that it expired, not that it does not exist.
KEPT = timedelta(days=1)
BATCH = 1000


def tidy() -> tuple[int, int]:
    """Delete holds and claims that ended a day ago, then empty purchases; return the numbers of holds and purchases."""
    until = timezone.now() - KEPT
    holds = 0
    while deleted := _delete_expired_holds(until):
        holds += deleted
    # A lapsed offer that the sweep has not ended yet is still named by its entry.
    offered = open_entries().filter(offer__isnull=False).values_list("offer", flat=True)
    purchases, _ = Purchase.objects.filter(tickets=None, created_at__lt=until).exclude(pk__in=offered).delete()
    log.info("box_office_tidied", holds=holds, purchases=purchases, claims=delete_old_claims())
    return holds, purchases


@transaction.atomic
def _delete_expired_holds(until: datetime) -> int:
    """Delete one batch. Rows that are locked are skipped: another customer is claiming them, so they are in use."""
    expired = Ticket.objects.filter(purchased_at=None, held_until__lt=until)
    rows = list(expired.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
    Ticket.objects.filter(pk__in=rows).delete()
    return len(rows)
