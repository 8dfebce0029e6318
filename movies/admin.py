"""The catalogue in the admin: for looking, until films can be edited with what a sync must leave alone."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from config.admin import ReadOnlyAdmin
from movies.models import Genre, Movie


@admin.register(Movie)
class MovieAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["title", "year", "runtime", "popularity", "average_rating", "tmdb_id", "imdb_id", "updated_at"]
    list_filter = ["genres", "original_language"]
    search_fields = ["title", "original_title", "imdb_id", "tmdb_id"]
    ordering = ["-popularity", "-id"]
    list_per_page = 50
    show_full_result_count = False
    exclude = ["search_vector", "sort_title"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movie]:
        """Without people's private films, which are nobody else's business."""
        return super().get_queryset(request).filter(owner=None)


@admin.register(Genre)
class GenreAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["name", "slug", "tmdb_id"]
    search_fields = ["name"]
