"""Every route of the site: the API under /api, the pages, the admin."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.urls import notification_urls
from accounts.views.admin_site import use_own_pages
from common.api import views as api
from common.finished.metrics import MetricsView
from common.health.views import urlpatterns as health
from common.http import error_pages
from movies.urls import library_urls, own_films_urls
from movies.views import catalogue

# What is asked most stands first: each route is a pattern that a request is compared with.
v1: list[URLPattern | URLResolver] = [
    path("", include("movies.api.urls")),
    path("", include("cinema.api.urls")),
    path("schema", api.schema, name="schema"),
    path("docs", api.docs, name="docs"),
    path("", include(health)),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("", include("accounts.api.urls")),
    path("", include("catalog_sync.api.urls")),
]

admin.autodiscover()
use_own_pages(admin.site)

urlpatterns = [
    path("api/v1/", include((v1, "v1"))),
    path("api", api.root, name="api"),
    path("api/", api.root),
    re_path(r"^api/", error_pages.unknown_route),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("", catalogue.home, name="home"),
    path("account/", include("accounts.urls")),
    path("notifications/", include(notification_urls)),
    path("movies/", include("movies.urls")),
    path("my-movies/", include(own_films_urls)),
    path("", include(library_urls)),
    path("", include("cinema.urls")),
    path("", include("catalog_sync.urls")),
]

handler400 = "common.http.error_pages.bad_request"
handler403 = "common.http.error_pages.permission_denied"
handler404 = "common.http.error_pages.not_found"
handler500 = "common.http.error_pages.server_error"
handler429 = "common.http.error_pages.too_many_requests"  # allauth's own limits ask for it
