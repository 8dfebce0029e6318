"""What /api/v1/health says of TMDB and OMDb: nobody is asked for it, the latest runs are known already."""

from django.conf import settings

from catalog_sync.models import SyncLog
from common.health import parts

Entity = SyncLog.Entity
OF_TMDB = (Entity.GENRES, Entity.MOVIES, Entity.RELEASES, Entity.CHANGES, Entity.DETAILS)
OF_OMDB = (Entity.ENRICHMENT,)


def check_tmdb() -> None:
    """Raises PartDownError with a public sentence."""
    check(settings.TMDB_API_KEY, "TMDB_API_KEY", OF_TMDB)


def check_omdb() -> None:
    check(settings.OMDB_API_KEY, "OMDB_API_KEY", OF_OMDB)


def check(key: str, setting: str, entities: tuple[SyncLog.Entity, ...]) -> None:
    if not key:
        raise parts.PartDownError(f"{setting} is not set.")
    ended = SyncLog.objects.filter(entity_type__in=entities).exclude(status=SyncLog.Status.IN_PROGRESS)
    if ended.values_list("status", flat=True).first() == SyncLog.Status.FAILED:
        raise parts.PartDownError("The latest sync failed.")


def register() -> None:
    parts.register("tmdb", check_tmdb, upstream=True)
    parts.register("omdb", check_omdb, upstream=True)
