"""Ratings as the API returns them, for tests."""


def rating_json(rating, *, verified=False, hidden_reason=None):
    """Return a rating as its author sees it."""
    return {
        "id": rating.pk,
        "movie": {"id": rating.movie.pk, "title": rating.movie.title},
        "user": {"id": rating.user.pk, "username": rating.user.username},
        "rating": rating.rating,
        "review": rating.review,
        "hidden_reason": hidden_reason,
        "verified": verified,
        "created_at": rating.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": rating.updated_at.isoformat().replace("+00:00", "Z"),
    }


def published_json(rating, *, verified=False, is_hidden=False):
    """Return a rating as others see it."""
    shown = rating_json(rating, verified=verified) | {"is_hidden": is_hidden}
    del shown["hidden_reason"]
    return shown | ({"review": ""} if is_hidden else {})
