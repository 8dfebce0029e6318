from django.apps import AppConfig


class MarqueeConfig(AppConfig):
    name = "config"
    verbose_name = "Marquee"

    def ready(self) -> None:
        from config import checks, health_checks, tracing  # noqa: F401 - importing registers the checks and the receivers

        health_checks.register_own()
