"""The state of TMDB and OMDb in /api/v1/health, from the latest runs: no provider is called for it."""

from django.conf import settings

from catalog_sync.models import SyncLog
from common.health import parts

Entity = SyncLog.Entity
TMDB_STEPS = (Entity.GENRES, Entity.MOVIES, Entity.RELEASES, Entity.CHANGES, Entity.DETAILS)
OMDB_STEPS = (Entity.ENRICHMENT,)


def check_tmdb() -> None:
    """Raise PartDownError with a public message unless the latest run succeeded."""
    _check(settings.TMDB_API_KEY, "TMDB_API_KEY", TMDB_STEPS)


def check_omdb() -> None:
    _check(settings.OMDB_API_KEY, "OMDB_API_KEY", OMDB_STEPS)


def _check(key: str, setting: str, entities: tuple[SyncLog.Entity, ...]) -> None:
    if not key:
        raise parts.PartDownError(f"{setting} is not set.")
    ended = SyncLog.objects.filter(entity_type__in=entities).exclude(status=SyncLog.Status.IN_PROGRESS)
    if ended.values_list("status", flat=True).first() == SyncLog.Status.FAILED:
        raise parts.PartDownError("The latest sync failed.")


def register() -> None:
    parts.register("tmdb", check_tmdb, upstream=True)
    parts.register("omdb", check_omdb, upstream=True)
