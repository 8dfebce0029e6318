import gc

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class MarqueeConfig(AppConfig):
    name = "common"
    verbose_name = "Marquee"

    def ready(self) -> None:
        """Register what belongs to no app; with the models imported, look for garbage again (see config)."""
        from common import system_checks  # noqa: F401 - importing registers the checks
        from common.health import parts
        from common.logging import tracing  # noqa: F401 - importing registers the receivers

        parts.register_own()
        gc.freeze()
        gc.set_threshold(50_000, 10, 10)
        gc.enable()


class NeededStaticFilesConfig(StaticFilesConfig):
    """The static files to collect, without those of packages that this site does not show: half of the time."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework", "htmx-4*", "htmax-4*"]
