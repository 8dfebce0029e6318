"""The admin of films that a manager should look at, with what can be done about them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from catalog_sync.models import FilmCase
from common.admin.base import ModelAdmin
from common.admin.mixins import ReadOnlyAdmin
from common.errors import Conflict
from movies.catalogue import certifications
from movies.models import FormerFilm, Movie, SyncState
from movies.providers import adult, duplicates

Decision = SyncState.AdultDecision

IS_ADULT = Q(sync_state__adult_flagged_at__isnull=False)
IS_DECIDED = Q(sync_state__adult_decision__gt="")
CASES: dict[str, tuple[str, Q]] = {
    "adult": ("flagged as adult, to be decided", IS_ADULT & Q(sync_state__adult_decision="")),
    "decided": ("flagged as adult, decided", IS_ADULT & IS_DECIDED),
    "vanished": ("deleted at TMDB", Q(sync_state__tmdb_vanished_at__isnull=False)),
    "twin": ("two rows of one film", Q(sync_state__twin__isnull=False)),
    "merged": ("goes on under another id", Q(Exists(FormerFilm.objects.filter(movie=OuterRef("pk"))))),
    "certification": ("unknown certification", certifications.UNKNOWN),
}


class CaseFilter(admin.SimpleListFilter):
    title, parameter_name = "case", "case"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label.capitalize()) for name, (label, _) in CASES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie]:
        case = CASES.get(self.value() or "")
        return queryset.filter(case[1]) if case else queryset


@admin.register(FilmCase)
class FilmCaseAdmin(ReadOnlyAdmin, ModelAdmin):
    SHOWN = ["title", "year", "cases", "programme", "film"]

    list_display = SHOWN
    fields = [*SHOWN, "tmdb_id", "imdb_id", "certification"]
    list_filter = [CaseFilter]
    list_select_related = ["sync_state", "sync_state__twin"]
    list_per_page = 50
    search_fields = ["title"]
    ordering = ["-popularity", "-id"]
    actions = ["keep_listed", "withdraw", "merge"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FilmCase]:
        """Return the films of the catalogue that are one of CASES."""
        films: QuerySet[FilmCase] = super().get_queryset(request)
        is_case = Q()
        for _, condition in CASES.values():
            is_case |= condition
        films = films.filter(is_case, owner=None)
        return films.defer("search_vector", "sync_state__twin__search_vector").prefetch_related("former_films")

    @admin.display(description="What there is to look at")
    def cases(self, film: FilmCase) -> str:
        return " ".join(sentence for sentence in _sentences(film) if sentence)

    @admin.display(description="On the programme", boolean=True)
    def programme(self, film: FilmCase) -> bool:
        return film.now_showing

    @admin.display(description="Film")
    def film(self, film: FilmCase) -> str:
        return format_html('<a href="{}">Edit</a>', reverse("admin:movies_movie_change", args=[film.pk]))

    @admin.action(description="Adult: keep in the public catalogue", permissions=["view"])
    def keep_listed(self, request: HttpRequest, queryset: QuerySet[FilmCase]) -> None:
        self._act(request, queryset, lambda film: adult.decide(film, Decision.SHOWN), "kept in the public catalogue")

    @admin.action(description="Adult: take out of the public catalogue", permissions=["view"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[FilmCase]) -> None:
        self._act(request, queryset, lambda film: adult.decide(film, Decision.HIDDEN), "taken out of the catalogue")

    @admin.action(description="Two rows of one film: merge them", permissions=["view"])
    def merge(self, request: HttpRequest, queryset: QuerySet[FilmCase]) -> None:
        self._act(request, queryset, duplicates.merge_twin, "merged with the other row")

    def _act(
        self, request: HttpRequest, queryset: QuerySet[FilmCase], act: Callable[[Movie], object], done: str
    ) -> None:
        """Do it for every chosen film, and say for how many and why not for the others."""
        number = 0
        for film in queryset.order_by("pk"):
            try:
                act(film)
            except Conflict as conflict:
                self.message_user(request, f"{film}: {conflict.message}", messages.WARNING)
            else:
                number += 1
        if number:
            subject = "1 film was" if number == 1 else f"{number} films were"
            self.message_user(request, f"{subject} {done}.", messages.SUCCESS)


def _sentences(film: FilmCase) -> list[str]:
    """Return what there is to say of the film, a sentence or nothing for each of CASES."""
    state = getattr(film, "sync_state", None) or SyncState(movie=film)
    listed = "It is out of the public catalogue." if film.withdrawn else "It is in the public catalogue."
    decided = "A manager decided." if state.adult_decision else "It is not decided yet."
    since = f"{state.adult_flagged_at:%Y-%m-%d}" if state.adult_flagged_at else ""
    gone = f"{state.tmdb_vanished_at:%Y-%m-%d}" if state.tmdb_vanished_at else ""
    former = ", ".join(str(row) for row in film.former_films.all())
    is_unknown = certifications.is_unknown(film.certification, film.age_restriction)
    return [
        f"Flagged as adult by TMDB since {since}. {listed} {decided}" if since else "",
        f"Deleted at TMDB since {gone}; asked about again every month." if gone else "",
        f"TMDB gives it the IMDb id of “{state.twin}” ({state.twin.pk})." if state.twin else "",
        f"It was before: {former}." if former else "",
        f"We don't know the certification “{film.certification}”: it restricts no visitor." if is_unknown else "",
    ]
