from django.apps import AppConfig


class MarqueeConfig(AppConfig):
    name = "config"
    verbose_name = "Marquee"
