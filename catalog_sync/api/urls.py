from django.urls import path

from catalog_sync.api import views
from catalog_sync.models import SyncLog

urlpatterns = [
    path("sync/logs", views.SyncLogListView.as_view(), name="sync-logs"),
    path("sync/movies", views.RunNowView.as_view(entity=SyncLog.Entity.MOVIES), name="sync-movies"),
    path("sync/genres", views.RunNowView.as_view(entity=SyncLog.Entity.GENRES), name="sync-genres"),
]
