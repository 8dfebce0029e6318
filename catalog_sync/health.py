"""What /api/v1/health says of TMDB: nobody is asked for it, the latest run is known already."""

from django.conf import settings

from catalog_sync.models import SyncLog
from config import health_checks


def check_tmdb() -> None:
    """Raises PartDownError with a public sentence."""
    if not settings.TMDB_API_KEY:
        raise health_checks.PartDownError("TMDB_API_KEY is not set.")
    latest = SyncLog.objects.exclude(status=SyncLog.Status.IN_PROGRESS).first()
    if latest and latest.status == SyncLog.Status.FAILED:
        raise health_checks.PartDownError("The latest sync failed.")


def register() -> None:
    health_checks.register("tmdb", check_tmdb, upstream=True)
