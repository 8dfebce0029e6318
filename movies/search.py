"""Finding a film by what somebody remembers of it: words of its titles, its people, in any order, nearly spelt."""

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, FloatField, Func, QuerySet, TextField, Value
from django.db.models.functions import Ln

from movies.models import Movie

MAX_QUERY = 200
# Below this, pg_trgm's matches are noise ("amelei" finds "amelie" at 0.57).
MIN_SIMILARITY = 0.45


def search(films: QuerySet[Movie], text: str) -> QuerySet[Movie]:
    """Those of `films` that match `text`, best first (annotated `rank`); all of them, unranked, when it has no words.

    Whole words first: every word must occur in title, original title, directors or cast, the last one as a
    beginning, because people stop typing early. Only when nothing has all words do near spellings count.
    """
    words = [word for word in text[:MAX_QUERY].split() if any(sign.isalnum() for sign in word)]
    if not words:
        return films
    exact = by_words(films, words)
    return exact if exact.exists() else by_spelling(films, " ".join(words))


def by_words(films: QuerySet[Movie], words: list[str]) -> QuerySet[Movie]:
    query = SearchQuery(
        Func(Value(prefix_query(words)), function="marquee_fold", output_field=TextField()),
        config="simple",
        search_type="raw",
    )
    # A well-known film wins among equals; the logarithm keeps fame from beating a better match.
    rank = SearchRank(F("search_vector"), query, normalization=1) * (1 + Ln(F("popularity") + 1) / 4)
    return films.filter(search_vector=query).annotate(rank=rank).order_by("-rank", "-popularity", "-id")


def by_spelling(films: QuerySet[Movie], text: str) -> QuerySet[Movie]:
    folded = Func(Value(text), function="marquee_fold", output_field=TextField())
    similarity = Func(folded, F("sort_title"), function="word_similarity", output_field=FloatField())
    return films.annotate(rank=similarity).filter(rank__gte=MIN_SIMILARITY).order_by("-rank", "-popularity", "-id")


def prefix_query(words: list[str]) -> str:
    """A tsquery in PostgreSQL's own grammar: every word quoted, so that none of its signs is an operator."""
    quoted = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in words]
    return " & ".join([*quoted[:-1], quoted[-1] + ":*"])
