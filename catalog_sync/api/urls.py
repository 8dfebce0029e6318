from django.urls import path, register_converter

from catalog_sync.api import fetch_jobs, lookup, sync
from catalog_sync.api.converters import ImdbIdConverter, TitleConverter
from catalog_sync.models import SyncLog

register_converter(TitleConverter, "film_title")
register_converter(ImdbIdConverter, "imdb_id")

urlpatterns = [
    path("movies/lookup", lookup.LookupView.as_view(), name="movie-lookup"),
    path("movies/fetch", fetch_jobs.FetchView.as_view(), name="fetch"),
    path("movies/fetch/jobs", fetch_jobs.FetchJobListView.as_view(), name="fetch-jobs"),
    path("movies/fetch/jobs/<int:pk>", fetch_jobs.FetchJobView.as_view(), name="fetch-job"),
    path("movies/fetch/cancel/<int:pk>", fetch_jobs.CancelFetchView.as_view(), name="fetch-cancel"),
    path("sync/logs", sync.SyncLogListView.as_view(), name="sync-logs"),
    path("sync/movies", sync.RunNowView.as_view(entity=SyncLog.Entity.MOVIES), name="sync-movies"),
    path("sync/genres", sync.RunNowView.as_view(entity=SyncLog.Entity.GENRES), name="sync-genres"),
    # Last, because a title may look like anything.
    path("movies/<imdb_id:imdb_id>", lookup.FilmByImdbIdView.as_view(), name="movie-by-imdb-id"),
    path("movies/<film_title:title>", lookup.FilmByTitleView.as_view(), name="movie-by-title"),
]
