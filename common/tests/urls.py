"""The routes of config/urls.py that belong to everybody, and troubles."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from common.api import views as api
from common.health.views import urlpatterns as health
from common.http import error_pages
from common.tests import views


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>Home</title>")


router = SimpleRouter(trailing_slash=False)
router.register("genres", views.GenreViewSet, basename="genre")
router.register("plain-genres", views.PlainGenreViewSet, basename="plain-genre")

v1: list[URLPattern | URLResolver] = [
    path("schema", api.schema, name="schema"),
    path("docs", api.docs, name="docs"),
    path("", include(health)),
    path("", include(router.urls)),
    path("listed-genres", views.GenreListView.as_view()),
    path("orders", views.OrderView.as_view()),
    path("echo", views.EchoView.as_view()),
    path("long", views.LongView.as_view()),
    path("private", views.PrivateView.as_view()),
    path("troubles/<slug:kind>", views.TroubleView.as_view()),
    path("plain-troubles/<slug:kind>", views.plain_trouble),
    path("form", views.plain_form),
]

urlpatterns = [
    path("api", api.root, name="api"),
    path("api/", api.root),
    path("api/v1/", include((v1, "v1"))),
    re_path(r"^api/", error_pages.unknown_route),
    path("", home, name="home"),
    path("movies/", include("movies.urls")),
    path("account/", include("accounts.urls")),
    path("parts/", home, name="parts"),
    path("form/", views.plain_form),
    path("admin/anything/", home),
    path("troubles/<slug:kind>/", views.plain_trouble),
]

handler400 = "common.http.error_pages.bad_request"
handler403 = "common.http.error_pages.permission_denied"
handler404 = "common.http.error_pages.not_found"
handler500 = "common.http.error_pages.server_error"
