"""The films of the catalogue: edited here as over the API, by `curation`. Private films are nobody else's business."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin

from common.api.problems import describe
from common.errors import Conflict
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

FIGURES = [
    "popularity", "vote_average", "vote_count", "imdb_rating", "imdb_votes", "metascore", "average_rating",
    "ratings_count",
]  # fmt: skip
KEEPING = ["showing_until", "poster_key", "poster_source", "backdrop_source", "created_at", "updated_at"]


class Refused(Exception):
    """A write refused what somebody asked for; its cause says why."""


class EditRequest(HttpRequest):
    """One that is answered a second time, when the write refused it, by its form with the errors."""

    refused: Exception


@admin.register(Movie)
class MovieAdmin(ExchangeAdmin, ModelAdmin):
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
    show_full_result_count = False
    autocomplete_fields = ["genres"]
    readonly_fields = ["poster_now", *FIGURES, *KEEPING]
    actions = ["unlock_chosen"]
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movie]:
        """Without people's private films."""
        return super().get_queryset(request).filter(owner=None).defer("search_vector")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Movie], search_term: str
    ) -> tuple[QuerySet[Movie], bool]:
        """As visitors search, best match first unless a column was chosen to sort by; an id finds its film."""
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
        poster = ["poster_now", "poster", "remove_poster"] if obj and obj.poster_key else ["poster"]
        fieldsets: list[tuple[str | None, dict[str, Any]]] = [
            (None, {"fields": about}),
            ("Words", {"fields": ["tagline", "overview"]}),
            ("Audience", {"fields": [("certification", "age_restriction")]}),
            ("Poster and trailer", {"fields": [*poster, "trailer"]}),
            ("Elsewhere", {"fields": [("tmdb_id", "imdb_id")]}),
        ]
        if obj and obj.locked_fields:
            fieldsets.append(("Edited by hand", {"fields": ["unlock"]}))
        if obj:
            fieldsets.append(("Figures", {"fields": [*zip(FIGURES[::2], FIGURES[1::2], strict=True)]}))
            fieldsets.append(("Keeping", {"fields": [*zip(KEEPING[::2], KEEPING[1::2], strict=True)]}))
        return fieldsets

    def get_form(
        self, request: HttpRequest, obj: Movie | None = None, change: bool = False, **options: Any
    ) -> type[AdminFilmForm]:
        form: type[AdminFilmForm] = super().get_form(request, obj, change=change, **options)
        form.refused = getattr(request, "refused", None)
        return form

    @admin.display(description="Edited by hand")
    def edited_by_hand(self, movie: Movie) -> str:
        return ", ".join(map(label_of, movie.locked_fields))

    @admin.display(description="Poster now")
    def poster_now(self, movie: Movie) -> str:
        urls = movie.poster_urls
        return format_html('<img src="{}" width="92" height="138" alt="">', urls["w185"]) if urls else "A drawn one."

    @admin.action(description="Unlock: let the nightly sync write them again", permissions=["change"])
    def unlock_chosen(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        unlocked = 0
        for movie in queryset.exclude(locked_fields=[]).order_by("pk"):
            editing.unlock_fields(movie, movie.locked_fields)
            self.log_change(request, movie, [{"changed": {"fields": ["Unlock"]}}])
            unlocked += 1
        self.message_user(request, f"{unlocked} film{'' if unlocked == 1 else 's'} unlocked.", messages.SUCCESS)

    # --- Writing -----------------------------------------------------------------------------------

    def changeform_view(self, request: EditRequest, *args: Any, **options: Any) -> HttpResponse:
        """What the write refuses, the form says at its fields: nothing is left of the first attempt then."""
        try:
            return super().changeform_view(request, *args, **options)
        except Refused as refused:
            request.refused = refused.args[0]
            return super().changeform_view(request, *args, **options)

    def save_model(self, request: Any, obj: Movie, form: AdminFilmForm, change: bool) -> None:
        try:
            saved = self.written(request, obj, form) if change else editing.create_film(request.user, form.values())
        except (ValidationError, IntegrityError, Conflict) as error:
            raise Refused(error) from error
        if poster := form.cleaned_data["poster"]:
            # Its files are stored in a transaction of their own, and this one is Django's.
            transaction.on_commit(partial(self.put_poster, request, saved, poster))
        elif form.cleaned_data.get("remove_poster"):
            uploads.remove_poster(saved)
        obj.pk = saved.pk
        obj.refresh_from_db()

    def written(self, request: Any, movie: Movie, form: AdminFilmForm) -> Movie:
        saved = editing.edit_film(movie, request.user, form.changes())
        unlock = form.cleaned_data.get("unlock")
        return editing.unlock_fields(saved, unlock) if unlock else saved

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """`save_model` wrote the genres as well."""

    def put_poster(self, request: HttpRequest, movie: Movie, poster: Poster) -> None:
        try:
            uploads.set_poster(movie, poster)
        except StoreUnavailable:
            sentence = "The film is saved, but posters can't be stored just now. Upload it again in a moment."
            self.message_user(request, sentence, messages.ERROR)

    def delete_model(self, request: HttpRequest, obj: Movie) -> None:
        editing.delete_film(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> None:
        try:
            editing.delete_films([movie.pk for movie in queryset])
        except ValidationError as error:
            raise Refused(error) from error

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ProtectedError as error:
            self.say(request, error)
            return redirect(reverse("admin:movies_movie_change", args=[object_id]))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """An action is done with all films that were chosen, or with none."""
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except (Refused, ProtectedError) as error:
            self.say(request, error.args[0] if isinstance(error, Refused) else error)
            return redirect(request.get_full_path())

    def say(self, request: HttpRequest, error: Exception) -> None:
        problem = describe(error)
        if problem is None:
            raise error
        said = dict.fromkeys(message for _, message in problem.errors) or [problem.message]
        self.message_user(request, " ".join(said), messages.ERROR)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """How much goes with the films, not whose: a film may have more ratings than a page can list."""
        films = list(objs)
        losses = count_dependents(film.pk for film in films)
        counts = {
            "films": len(films),
            "ratings of visitors": losses["ratings"],
            "places on watchlists": losses["watchlist"],
            "entries in people's histories": losses["viewings"],
        }
        return [str(film) for film in films], {name: count for name, count in counts.items() if count}, set(), []
