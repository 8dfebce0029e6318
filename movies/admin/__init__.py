"""The admin of the catalogue."""

from movies.admin.films import MovieAdmin
from movies.admin.genres import GenreAdmin
from movies.admin.ratings import RatingAdmin, ReviewReportAdmin

__all__ = ["GenreAdmin", "MovieAdmin", "RatingAdmin", "ReviewReportAdmin"]
