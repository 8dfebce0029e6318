"""What nobody needs any more. Nothing waits for it: a hold ends by its time, whether or not its row is there."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cinema.models import Purchase, Ticket, Waiting
from cinema.queries.waiting_list import open_entries

log = structlog.get_logger(__name__)

# Whoever comes back to the page of a hold that is over reads so, and not that there is none.
KEPT = timedelta(days=1)
AT_ONCE = 1000


def tidy() -> tuple[int, int]:
    """Deletes holds that ended a day ago, and then the purchases without tickets; how many of each."""
    until = timezone.now() - KEPT
    holds = 0
    while deleted := _delete_batch(until):
        holds += deleted
    # An offer that nobody has ended yet is still named by who waits.
    empty = Purchase.objects.filter(tickets=None, created_at__lt=until).exclude(pk__in=_offered_purchases())
    purchases, _ = empty.delete()
    log.info("box_office_tidied", holds=holds, purchases=purchases)
    return holds, purchases


def _offered_purchases() -> QuerySet[Waiting, int | None]:
    return open_entries().filter(offer__isnull=False).values_list("offer", flat=True)


@transaction.atomic
def _delete_batch(until: datetime) -> int:
    """Those that somebody is just taking over are left: they are no longer over."""
    over = Ticket.objects.filter(purchased_at=None, held_until__lt=until)
    rows = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
    Ticket.objects.filter(pk__in=rows).delete()
    return len(rows)
