"""Ratings as the API returns them, for tests."""


def rating_json(rating, *, verified=False):
    return {
        "id": rating.pk,
        "movie": {"id": rating.movie.pk, "title": rating.movie.title},
        "user": {"id": rating.user.pk, "username": rating.user.username},
        "rating": rating.rating,
        "review": rating.review,
        "verified": verified,
        "created_at": rating.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": rating.updated_at.isoformat().replace("+00:00", "Z"),
    }
