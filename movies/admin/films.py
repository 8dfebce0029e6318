"""The admin of the films of the catalogue, written by movies.catalogue.editing. Private films are not shown."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from common.admin.base import ModelAdmin
from common.admin.mixins import WriteFunctionAdmin, convert_refusals
from movies.admin import filters
from movies.admin.exchange import ExchangeAdmin
from movies.admin.forms import AdminFilmForm, label_of
from movies.catalogue import editing
from movies.models import Movie
from movies.posters import uploads
from movies.posters.images import Poster
from movies.posters.store import StoreUnavailable
from movies.queries.library import count_dependents
from movies.search.matching import search

SCORES = [
    "popularity", "vote_average", "vote_count", "imdb_rating", "imdb_votes", "metascore", "average_rating",
    "ratings_count",
]  # fmt: skip
TECHNICAL = ["showing_until", "poster_key", "poster_source", "backdrop_source", "created_at", "updated_at"]


@admin.register(Movie)
class MovieAdmin(WriteFunctionAdmin, ExchangeAdmin, ModelAdmin):
    form = AdminFilmForm
    list_display = [
        "title", "year", "runtime", "popularity", "average_rating", "edited_by_hand", "tmdb_id", "imdb_id",
        "updated_at",
    ]  # fmt: skip
    list_filter = [
        filters.EditedByHandFilter,
        filters.HasPosterFilter,
        filters.DecadeFilter,
        "genres",
        filters.LanguageFilter,
    ]
    search_fields = ["title", "original_title", "imdb_id", "tmdb_id"]
    search_help_text = "Title, people, TMDB or IMDb id"
    ordering = ["-popularity", "-id"]
    list_per_page = 50
    autocomplete_fields = ["genres"]
    readonly_fields = ["current_poster", *SCORES, *TECHNICAL]
    actions = ["unlock_selected"]
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movie]:
        """Films of the catalogue, without private films."""
        return super().get_queryset(request).filter(owner=None).defer("search_vector")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Movie], search_term: str
    ) -> tuple[QuerySet[Movie], bool]:
        """Search as visitors do, best match first unless sorted by a column. A TMDB or IMDb id finds its film."""
        text = search_term.strip()
        if not text:
            return queryset, False
        found = search(queryset, text).films
        if "o" in request.GET:
            found = found.order_by(*queryset.query.order_by)
        ids = Q(imdb_id=text) | (Q(tmdb_id=int(text)) if text.isdecimal() and len(text) < 10 else Q())
        by_id = queryset.filter(ids)
        return (by_id if by_id.exists() else found), False

    def get_fieldsets(self, request: HttpRequest, obj: Movie | None = None) -> list[tuple[str | None, dict[str, Any]]]:
        about = ["title", "original_title", ("release_date", "year"), ("runtime", "original_language"), "genres",
                 "directors", "cast"]  # fmt: skip
        poster = ["current_poster", "poster", "remove_poster"] if obj and obj.poster_key else ["poster"]
        fieldsets: list[tuple[str | None, dict[str, Any]]] = [
            (None, {"fields": about}),
            ("Texts", {"fields": ["tagline", "overview"]}),
            ("Audience", {"fields": [("certification", "age_restriction")]}),
            ("Poster and trailer", {"fields": [*poster, "trailer"]}),
            ("External ids", {"fields": [("tmdb_id", "imdb_id")]}),
        ]
        if obj and obj.locked_fields:
            fieldsets.append(("Edited by hand", {"fields": ["unlock"]}))
        if obj:
            fieldsets.append(("Scores", {"fields": [*zip(SCORES[::2], SCORES[1::2], strict=True)]}))
            fieldsets.append(("Technical", {"fields": [*zip(TECHNICAL[::2], TECHNICAL[1::2], strict=True)]}))
        return fieldsets

    @admin.display(description="Edited by hand")
    def edited_by_hand(self, movie: Movie) -> str:
        return ", ".join(map(label_of, movie.locked_fields))

    @admin.display(description="Current poster")
    def current_poster(self, movie: Movie) -> str:
        urls = movie.poster_urls
        return format_html('<img src="{}" width="92" height="138" alt="">', urls["w185"]) if urls else "Drawn by us"

    @admin.action(description="Unlock fields for the nightly sync", permissions=["change"])
    def unlock_selected(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        unlocked = 0
        for movie in queryset.exclude(locked_fields=[]).order_by("pk"):
            editing.unlock_fields(movie, movie.locked_fields)
            self.log_change(request, movie, [{"changed": {"fields": ["Unlock"]}}])
            unlocked += 1
        self.message_user(request, f"{unlocked} film{'' if unlocked == 1 else 's'} unlocked.", messages.SUCCESS)

    def save_model(self, request: Any, obj: Movie, form: AdminFilmForm, change: bool) -> None:
        with convert_refusals():
            if change:
                saved = editing.edit_film(obj, request.user, form.changes())
                if unlock := form.cleaned_data.get("unlock"):
                    saved = editing.unlock_fields(saved, unlock)
            else:
                saved = editing.create_film(request.user, form.values())
        if poster := form.cleaned_data["poster"]:
            # Its files are stored in a transaction of their own, after Django's transaction around this method.
            transaction.on_commit(partial(self._set_poster, request, saved, poster))
        elif form.cleaned_data.get("remove_poster"):
            uploads.remove_poster(saved)
        obj.pk = saved.pk
        obj.refresh_from_db()

    def _set_poster(self, request: HttpRequest, movie: Movie, poster: Poster) -> None:
        try:
            uploads.set_poster(movie, poster)
        except StoreUnavailable:
            message = "The film has been saved, but posters can't be stored right now. Upload it again in a moment."
            self.message_user(request, message, messages.ERROR)

    def delete_model(self, request: HttpRequest, obj: Movie) -> None:
        with convert_refusals():
            editing.delete_film(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        with convert_refusals():
            editing.delete_films([movie.pk for movie in queryset])

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Count what is deleted with the films instead of listing it: there may be more ratings than fit on a page."""
        films = list(objs)
        losses = count_dependents(film.pk for film in films)
        counts = {
            "films": len(films),
            "ratings of visitors": losses["ratings"],
            "entries on watchlists": losses["watchlist"],
            "entries in viewing histories": losses["viewings"],
        }
        return [str(film) for film in films], {name: count for name, count in counts.items() if count}, set(), []
