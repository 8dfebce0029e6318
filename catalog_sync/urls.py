from django.urls import path

from catalog_sync.views import fetches, lookup

urlpatterns = [
    path("movies/lookup/", lookup.look_up, name="lookup"),
    path("fetch/", fetches.fetches, name="fetches"),
    path("fetch/<int:pk>/cancel/", fetches.cancel, name="fetch_cancel"),
]
