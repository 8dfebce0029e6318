import gc
from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core import checks


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
        gc.set_threshold(5_000, 10, 10)  # with 50,000 it is no faster, and a web process is 7 MB larger
        gc.enable()


class LateAdminConfig(SimpleAdminConfig):
    """The admin, whose classes are imported with the routes (config.urls): workers need neither."""

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_admin, checks.Tags.admin)


def check_admin(**options: Any) -> list[checks.CheckMessage]:
    """Check the admin's classes, also before the routes are imported."""
    admin.autodiscover()
    return check_admin_app(**options)


class NeededStaticFilesConfig(StaticFilesConfig):
    """The static files to collect, without those that this site does not show: half of the time.

    Left out are packages, and the long forms of scripts that pages have with DEBUG on, where nothing is collected.
    """

    packages = ["redoc", "rest_framework", "django_htmx/ext/*", "htmx-4*", "htmax-4*"]
    long_forms = ["htmx-2.js", "jquery.js", "xregexp.js"]
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, *packages, *long_forms]
