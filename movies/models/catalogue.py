"""Films and their genres."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce, NullIf, Round
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from movies.models.limits import FIRST_YEAR, HIGHEST_RATING, LAST_YEAR

# Films without a date or a rating sort before all others. Constants, because index and query must agree on them.
UNKNOWN_DATE = date(1, 1, 1)
NO_RATING = Decimal(0)
POSTER_WIDTHS = (185, 342, 780)
# The tier of a film's popularity: 4 from 128, 3 from 32, 2 from 8, 1 from 2, and 0. Of TMDB's million films, about
# 2,000, 6,000, 33,000 and 140,000 are in the tiers with an index; on another scale a search begins a tier later.
TIERS = (4, 3, 2, 1)
TIER = Func(
    F("popularity"),
    function="width_bucket",
    template="%(function)s(%(expressions)s, '{2,8,32,128}'::double precision[])",
    output_field=models.IntegerField(),
)


class Genre(models.Model):
    """A genre, named as TMDB names it; one without `tmdb_id` was added here by hand."""

    tmdb_id = models.PositiveIntegerField(null=True, blank=True)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, allow_unicode=True, db_index=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tmdb_id"], name="genre_tmdb_id_unique"),
            models.UniqueConstraint(fields=["name"], name="genre_name_unique"),
            models.UniqueConstraint(fields=["slug"], name="genre_slug_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="genre_name_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('movies:list')}?genre={self.slug}"


class Movie(models.Model):
    """A film of the catalogue, or (with an `owner`) the private film of a user."""

    # Identity
    tmdb_id = models.PositiveIntegerField(null=True, blank=True)
    imdb_id = models.CharField(max_length=12, null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="private_movies"
    )

    # Description
    title = models.CharField(max_length=500)
    original_title = models.CharField(max_length=500, blank=True)
    alternative_titles = ArrayField(
        models.CharField(max_length=500),
        default=list,
        blank=True,
        editable=False,
        help_text="TMDB's, of other countries and languages; they are searched.",
    )
    original_language = models.CharField(max_length=8, blank=True)
    overview = models.TextField(blank=True)
    tagline = models.CharField(max_length=500, blank=True)
    release_date = models.DateField(null=True, blank=True, help_text="The film's own: its first release anywhere.")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    region = models.CharField(
        max_length=8, blank=True, default="", db_default="", editable=False, help_text="Where `region_date` is from."
    )
    region_date = models.DateField(
        null=True, blank=True, editable=False, help_text="Its latest release in cinemas there, a re-release included."
    )
    runtime = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minutes.")
    genres = models.ManyToManyField(Genre, related_name="movies", blank=True)
    # Triggers keep them, in their order: models/sql/0022_genre_ids.sql.
    genre_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    directors = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    cast = ArrayField(models.CharField(max_length=200), default=list, blank=True, help_text="Top-billed first.")
    certification = models.CharField(max_length=32, blank=True)
    age_restriction = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Years.")

    # Ratings and popularity
    popularity = models.FloatField(default=0, help_text="TMDB's unbounded figure.")
    vote_average = models.FloatField(null=True, blank=True, help_text="TMDB, 0-10.")
    vote_count = models.PositiveIntegerField(default=0)
    imdb_rating = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    imdb_votes = models.PositiveIntegerField(null=True, blank=True)
    metascore = models.PositiveSmallIntegerField(null=True, blank=True)
    # The triggers of Rating keep these two exact: models/sql/0011_rating_triggers.sql.
    ratings_sum = models.PositiveBigIntegerField(default=0, editable=False)
    ratings_count = models.PositiveIntegerField(default=0, editable=False)
    average_rating = models.GeneratedField(
        expression=Round(
            Cast("ratings_sum", models.DecimalField(max_digits=20, decimal_places=6))
            / NullIf(F("ratings_count"), Value(0)),
            precision=2,
        ),
        output_field=models.DecimalField(max_digits=4, decimal_places=2, null=True),
        db_persist=True,
    )

    # Pictures. `*_source` is the path at the provider; `poster_key` names our own copies (empty: none yet).
    poster_source = models.CharField(max_length=200, blank=True)
    poster_key = models.CharField(max_length=64, blank=True, editable=False)
    backdrop_source = models.CharField(max_length=200, blank=True)
    trailer = models.CharField(max_length=200, blank=True, help_text="Its address.")

    # Upkeep
    locked_fields = ArrayField(
        models.CharField(max_length=32), default=list, blank=True, help_text="Edited by hand: a sync leaves them alone."
    )
    # A trigger keeps these two, whatever writes title and age limit: models/sql/0021_printed_after.sql.
    printed_revision = models.PositiveIntegerField(default=0, editable=False)
    printed_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    showing_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Start of its last published session, kept by the programme."
    )
    withdrawn = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Not listed in the public catalogue."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    sort_title = models.GeneratedField(
        expression=Func(F("title"), function="marquee_fold"),
        # Folded text sorts well enough by bytes, and only so does one index serve every locale.
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )
    search_vector = models.GeneratedField(
        expression=Func(
            F("title"),
            F("original_title"),
            F("directors"),
            F("cast"),
            F("year"),
            F("alternative_titles"),
            function="marquee_search_vector",  # search/sql/0014_writings.sql
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["-popularity", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tmdb_id"], name="movie_tmdb_id_unique"),
            models.UniqueConstraint(fields=["imdb_id"], name="movie_imdb_id_unique", condition=Q(owner=None)),
            models.CheckConstraint(condition=Q(owner=None) | Q(tmdb_id=None), name="movie_private_has_no_tmdb_id"),
            models.CheckConstraint(condition=Q(imdb_id__regex=r"^tt[0-9]{7,10}$"), name="movie_imdb_id_shape"),
            models.CheckConstraint(condition=~Q(title=""), name="movie_title_not_empty"),
            models.CheckConstraint(condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)), name="movie_year_plausible"),
            models.CheckConstraint(condition=Q(runtime__gt=0), name="movie_runtime_positive"),
            models.CheckConstraint(
                condition=Q(region="", region_date=None) | (~Q(region="") & Q(region_date__isnull=False)),
                name="movie_region_date_says_where",
            ),
            models.CheckConstraint(condition=Q(owner=None) | Q(withdrawn=False), name="movie_private_not_withdrawn"),
            models.CheckConstraint(condition=Q(popularity__gte=0), name="movie_popularity_not_negative"),
            models.CheckConstraint(condition=Q(vote_average__range=(0, 10)), name="movie_vote_average_range"),
            models.CheckConstraint(condition=Q(imdb_rating__range=(0, 10)), name="movie_imdb_rating_range"),
            models.CheckConstraint(condition=Q(metascore__range=(0, 100)), name="movie_metascore_range"),
            models.CheckConstraint(condition=Q(age_restriction__range=(0, 21)), name="movie_age_restriction_range"),
            models.CheckConstraint(
                condition=Q(ratings_sum__gte=F("ratings_count"), ratings_sum__lte=F("ratings_count") * HIGHEST_RATING),
                name="movie_ratings_sum_fits_count",
            ),
        ]
        indexes = [
            # One for each ordering of the catalogue, read in both directions (a "-" reverses the ids as well).
            # The first one is read to count films as well, which its last column lets it do without the films.
            models.Index(
                "popularity", "id", condition=Q(owner=None), include=["withdrawn"], name="movie_by_popularity"
            ),
            models.Index(
                Coalesce("release_date", Value(UNKNOWN_DATE)), "id", condition=Q(owner=None), name="movie_by_date"
            ),
            models.Index("sort_title", "id", condition=Q(owner=None), name="movie_by_title"),
            models.Index(
                Coalesce("average_rating", Value(NO_RATING)), "id", condition=Q(owner=None), name="movie_by_rating"
            ),
            # All that a list of a year's films is chosen and sorted by, so that only the films shown are read.
            models.Index(
                "year",
                "average_rating",
                condition=Q(owner=None),
                include=["popularity", "id", "withdrawn", "genre_ids"],
                name="movie_by_year",
            ),
            models.Index("region_date", "id", condition=~Q(region=""), name="movie_by_region_date"),
            models.Index("poster_key", condition=~Q(poster_key=""), name="movie_by_poster"),
            # A search reads what waits to be sorted into such an index: with a short list it never reads much.
            GinIndex("search_vector", gin_pending_list_limit=256, name="movie_search_words"),
            # The words of the films of each tier alone, for words that too many films have: search/candidates.py.
            *(
                GinIndex(
                    "search_vector",
                    gin_pending_list_limit=256,
                    name=f"movie_search_tier_{tier}",
                    condition=Q(Exact(TIER, tier)),
                )
                for tier in TIERS
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    def get_absolute_url(self) -> str:
        return film_address(self.pk, self.title)

    @property
    def is_private(self) -> bool:
        return self.owner_id is not None

    @property
    def poster_urls(self) -> dict[str, str] | None:
        """Return the URLs of our copies of the poster by width ("w185"), or None while there are none."""
        return poster_urls(self.poster_key)

    @property
    def genre_names(self) -> tuple[str, ...]:
        return tuple(genre.name for genre in self.genres.all())

    @property
    def regional_release(self) -> dict[str, Any] | None:
        """Return {"region", "date"} of its release in cinemas of our region (TMDB_REGION), or None."""
        if self.region_date is None or self.region != settings.TMDB_REGION:
            return None
        return {"region": self.region, "date": self.region_date}

    @property
    def now_showing(self) -> bool:
        return self.showing_until is not None and self.showing_until >= timezone.now()


def film_address(pk: int, title: str) -> str:
    return reverse("movies:detail", args=[pk, slugify(title) or "film"])


def poster_urls(key: str) -> dict[str, str] | None:
    """Return the URLs of the files of a poster by width, or None without a key."""
    if not key:
        return None
    return {f"w{width}": default_storage.url(f"posters/{key}/w{width}.jpg") for width in POSTER_WIDTHS}
