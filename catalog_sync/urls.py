from django.urls import path

from catalog_sync.views import fetch_jobs, lookup

urlpatterns = [
    path("movies/lookup/", lookup.look_up, name="lookup"),
    path("fetch/", fetch_jobs.fetches, name="fetches"),
    path("fetch/<int:pk>/cancel/", fetch_jobs.cancel, name="fetch_cancel"),
]
