"""The admin of genres, which are written by the nightly sync."""

from django.contrib import admin

from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin
from movies.models import Genre


@admin.register(Genre)
class GenreAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["name", "slug", "tmdb_id"]
    search_fields = ["name"]
