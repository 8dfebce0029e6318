from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class MarqueeConfig(AppConfig):
    name = "config"
    verbose_name = "Marquee"

    def ready(self) -> None:
        from config import checks, health_checks, tracing  # noqa: F401 - importing registers the checks and the receivers

        health_checks.register_own()


class NeededStaticFilesConfig(StaticFilesConfig):
    """Without what packages bring and this site does not show: collecting it takes half the time."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework", "htmx-4*", "htmax-4*"]
