from django.apps import AppConfig


class CatalogSyncConfig(AppConfig):
    name = "catalog_sync"

    def ready(self) -> None:
        from catalog_sync import health

        health.register()
