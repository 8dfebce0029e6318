"""The admin of ratings. Managers can read them, but not change them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin
from movies.models import Rating


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["movie", "user", "rating", "short_review", "created_at", "updated_at"]
    list_filter = ["rating"]
    list_select_related = ["movie", "user"]
    search_fields = ["movie__title", "user__username", "review"]
    fields = ["movie", "user", "rating", "review", "created_at", "updated_at"]
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rating]:
        """Ratings of films of the catalogue, without those of private films."""
        return super().get_queryset(request).filter(movie__owner=None)

    @admin.display(description="review")
    def short_review(self, rating: Rating) -> str:
        return rating.review if len(rating.review) <= 80 else f"{rating.review[:79]}…"
