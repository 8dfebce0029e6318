"""Ratings and reviews of films: a row has a rating, a review, or both.

Triggers change the film's sum and count in the statement that writes a rating: models/sql/0011_rating_triggers.sql.
"""

import re
from datetime import datetime
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from common.text import strip_invisible
from movies.models import REVIEW_LENGTH, Movie, Rating
from movies.models.limits import HIGHEST_RATING, LOWEST_RATING, RATINGS

log = structlog.get_logger(__name__)

# The value of the notification kind that asks for a rating; the cinema sends it.
REQUEST_KIND = "how_was_it"
NOTHING_SAID = f"Choose a rating from {LOWEST_RATING} to {HIGHEST_RATING}, or write a review."
NOTHING_LEFT = "You gave no rating, so there must be a review. You can delete it instead."
MENDED_AT_ONCE = 500
MENDED_IN_LOG = 50
_CONTROL = re.compile(r"[\0-\x09\x0b-\x1f\x7f-\x9f]")  # all of Unicode's category Cc but "\n"

COLUMNS = tuple(field.attname for field in Rating._meta.concrete_fields)

# Both return the row, so that it becomes a Rating. A write that changes nothing leaves `updated_at`.
SAVE = """
INSERT INTO movies_rating (user_id, movie_id, rating, review, created_at, updated_at)
VALUES (%(user)s, %(movie)s, %(rating)s, coalesce(%(review)s, ''), %(now)s, %(now)s)
ON CONFLICT (user_id, movie_id) DO UPDATE SET
    rating = coalesce(excluded.rating, movies_rating.rating),
    review = coalesce(%(review)s, movies_rating.review),
    updated_at = CASE
        WHEN (coalesce(excluded.rating, movies_rating.rating), coalesce(%(review)s, movies_rating.review))
            IS NOT DISTINCT FROM (movies_rating.rating, movies_rating.review) THEN movies_rating.updated_at
        ELSE excluded.updated_at
    END
RETURNING id, user_id, movie_id, rating, review, created_at, updated_at
"""
CHANGE = """
UPDATE movies_rating SET
    rating = coalesce(%(rating)s, rating),
    review = coalesce(%(review)s, review),
    updated_at = CASE
        WHEN (coalesce(%(rating)s, rating), coalesce(%(review)s, review)) IS NOT DISTINCT FROM (rating, review)
            THEN updated_at
        ELSE %(now)s
    END
WHERE id = %(pk)s AND (coalesce(%(rating)s, rating) IS NOT NULL OR coalesce(%(review)s, review) <> '')
RETURNING id, user_id, movie_id, rating, review, created_at, updated_at
"""

# One statement sees one snapshot, in which a film and its ratings agree unless something is broken.
DRIFTED = """
SELECT movie.id FROM movies_movie AS movie
LEFT JOIN (
    SELECT movie_id, sum(rating) AS points, count(rating) AS ratings FROM movies_rating GROUP BY movie_id
) AS truth ON truth.movie_id = movie.id
WHERE (movie.ratings_sum, movie.ratings_count) <> (coalesce(truth.points, 0), coalesce(truth.ratings, 0))
ORDER BY movie.id
"""
MEND = """
UPDATE movies_movie AS movie SET ratings_sum = truth.points, ratings_count = truth.ratings
FROM (
    SELECT film.id, coalesce(sum(rating.rating), 0) AS points, count(rating.rating) AS ratings
    FROM unnest(%s::bigint[]) AS film (id) LEFT JOIN movies_rating AS rating ON rating.movie_id = film.id
    GROUP BY film.id
) AS truth
WHERE movie.id = truth.id AND (movie.ratings_sum, movie.ratings_count) <> (truth.points, truth.ratings)
RETURNING movie.id
"""


def rate_film(
    user: User, movie: Movie, rating: int | None = None, review: str = "", at: datetime | None = None
) -> Rating:
    """Create the user's rating or review, in one INSERT; a transaction around it would lock the film for longer.

    `at` is when the film was rated, now by default. Raises Django's ValidationError by field, and IntegrityError
    (rating_one_per_user_and_movie) when the user has rated the film.
    """
    at = at or timezone.now()
    text = clean_review(review)
    _check_not_empty(rating, text)
    return Rating.objects.create(
        user=user, movie=movie, rating=_check_rating(rating), review=text, created_at=at, updated_at=at
    )


def save_rating(user: User, movie: Movie, rating: int | None, review: str | None = None) -> Rating:
    """Create or change the user's rating, in one statement, so that two at once end with one rating.

    Without `review` a stored review stays, without `rating` a stored rating. Raises Django's ValidationError by field.
    """
    values = {"user": user.pk, "movie": movie.pk} | _parameters(rating, review)
    _check_not_empty(rating, values["review"])
    return _write(SAVE, values)[0]


def change_rating(row: Rating | int, rating: int | None = None, review: str | None = None) -> Rating:
    """Change a rating, given as row or id, in one statement; None leaves a value as it is.

    Raises Django's ValidationError by field, also when neither rating nor review would be left, and Rating.DoesNotExist
    when the rating was deleted.
    """
    values = {"pk": row.pk if isinstance(row, Rating) else row} | _parameters(rating, review)
    changed = _write(CHANGE, values)
    if not changed and Rating.objects.filter(pk=values["pk"]).exists():
        raise ValidationError({"review": NOTHING_LEFT})
    if not changed:
        raise Rating.DoesNotExist
    return changed[0]


def delete_rating(rating: Rating) -> None:
    """Delete the rating, if it still exists."""
    Rating.objects.filter(pk=rating.pk).delete()


def clean_text(text: str) -> str:
    """Return the text trimmed, with line breaks as "\\n", without other control characters and invisible signs."""
    text = strip_invisible(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROL.sub("", text).strip()


def clean_review(review: str) -> str:
    """Return the review as `clean_text` does.

    Raises Django's ValidationError by field.
    """
    text = clean_text(review)
    if len(text) > REVIEW_LENGTH:
        raise ValidationError({"review": f"A review has at most {REVIEW_LENGTH:,} characters; this has {len(text):,}."})
    return text


def mend_drift() -> int:
    """Correct the sum and count of every film that differ from its ratings, and return the number of such films.

    There should be none, because the triggers keep them exact: one means that a write bypassed the triggers.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # it reads every rating
        cursor.execute(DRIFTED)
        drifted = [pk for (pk,) in cursor.fetchall()]
    mended: list[int] = []
    for start in range(0, len(drifted), MENDED_AT_ONCE):
        mended += _mend_films(drifted[start : start + MENDED_AT_ONCE])
    if mended:
        log.warning("ratings_drift_mended", films=len(mended), ids=mended[:MENDED_IN_LOG])
    else:
        log.info("ratings_exact")
    return len(mended)


def _write(statement: str, values: dict[str, Any]) -> list[Rating]:
    """Return the rows as objects. Rating.objects.raw would look up their columns for each, which takes Python as long.

    The statement returns them in the order of COLUMNS.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Rating.from_db(connection.alias, COLUMNS, row) for row in cursor.fetchall()]


def _parameters(rating: int | None, review: str | None) -> dict[str, Any]:
    """Return the parameters of SAVE and CHANGE, NULL for a value to leave as it is."""
    return {
        "rating": _check_rating(rating),
        "review": None if review is None else clean_review(review),
        "now": timezone.now(),
    }


def _check_rating(rating: int | None) -> int | None:
    if rating is not None and rating not in RATINGS:
        raise ValidationError({"rating": f"Rate from {LOWEST_RATING} to {HIGHEST_RATING}."})
    return rating


def _check_not_empty(rating: int | None, review: str | None) -> None:
    if rating is None and not review:
        raise ValidationError({"rating": NOTHING_SAID})


@transaction.atomic
def _mend_films(pks: list[int]) -> list[int]:
    """Correct these films, and return the ids of those that differed.

    A transaction that writes a rating waits for the film's row before it commits. So with the rows locked first, the
    statement that counts (with a snapshot of its own) sees exactly the ratings that the films' figures include.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1min'")
        cursor.execute("SELECT id FROM movies_movie WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [pks])
        cursor.execute(MEND, [pks])
        return sorted(pk for (pk,) in cursor.fetchall())
