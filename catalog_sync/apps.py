from django.apps import AppConfig


class CatalogSyncConfig(AppConfig):
    name = "catalog_sync"
    verbose_name = "Sync with TMDB and OMDb"

    def ready(self) -> None:
        from catalog_sync import health

        health.register()
