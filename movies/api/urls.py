from django.urls import path
from rest_framework.routers import SimpleRouter

from movies.api.views.catalogue import GenreViewSet, MovieViewSet
from movies.api.views.history import HistoryViewSet
from movies.api.views.library import LibraryExportView, LibraryImportRowsView, LibraryImportViewSet
from movies.api.views.moderation import HideReviewView, ReportReviewView, ReportViewSet, ShowReviewView
from movies.api.views.posters import MoviePosterView, PosterUploadView
from movies.api.views.ratings import MovieRatingsView, RatingViewSet
from movies.api.views.search import SearchView, SuggestView
from movies.api.views.watchlist import WatchlistViewSet

router = SimpleRouter(trailing_slash=False)
router.register("movies", MovieViewSet, basename="movie")
router.register("ratings", RatingViewSet, basename="rating")
router.register("review-reports", ReportViewSet, basename="review-report")
router.register("history", HistoryViewSet, basename="history")
router.register("genres", GenreViewSet, basename="genre")
router.register("watchlist", WatchlistViewSet, basename="watchlist")
router.register("library/imports", LibraryImportViewSet, basename="library-import")

urlpatterns = [
    path("movies/search", SearchView.as_view(), name="movie-search"),
    path("movies/suggest", SuggestView.as_view(), name="movie-suggest"),
    path("library/imports/<int:pk>/rows", LibraryImportRowsView.as_view(), name="library-import-rows"),
    path("library/export", LibraryExportView.as_view(), name="library-export"),
    path("movies/<int:pk>/ratings", MovieRatingsView.as_view(), name="movie-ratings"),
    path("ratings/<int:pk>/reports", ReportReviewView.as_view(), name="rating-reports"),
    path("ratings/<int:pk>/hide", HideReviewView.as_view(), name="rating-hide"),
    path("ratings/<int:pk>/unhide", ShowReviewView.as_view(), name="rating-unhide"),
    path("ratings/movie/<int:pk>", MovieRatingsView.as_view(), name="ratings-of-movie"),
    path("movies/<int:pk>/poster", MoviePosterView.as_view(), name="movie-poster"),
    path("movies/<int:pk>/poster/upload", PosterUploadView.as_view(), name="movie-poster-upload"),
    *router.urls,
]
