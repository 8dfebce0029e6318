"""The models of the catalogue, of the libraries of its users, and of their imports."""

from movies.models.catalogue import (
    NO_RATING,
    POSTER_WIDTHS,
    UNKNOWN_DATE,
    Genre,
    Movie,
    film_address,
    poster_urls,
)
from movies.models.imports import FilmImport, LibraryImport, LibraryImportPart, LibraryImportRow
from movies.models.library import REVIEW_LENGTH, Rating, Viewing, WatchlistItem
from movies.models.moderation import REASON_LENGTH, REPORT_LENGTH, HiddenReview, ReviewReport
from movies.models.posters import PosterUpload, StoredPoster
from movies.models.sync_state import FormerFilm, SyncState
from movies.models.vocabulary import SearchWord, SearchWordChange

__all__ = [
    "NO_RATING",
    "POSTER_WIDTHS",
    "REASON_LENGTH",
    "REPORT_LENGTH",
    "REVIEW_LENGTH",
    "UNKNOWN_DATE",
    "FilmImport",
    "FormerFilm",
    "Genre",
    "HiddenReview",
    "LibraryImport",
    "LibraryImportPart",
    "LibraryImportRow",
    "Movie",
    "PosterUpload",
    "Rating",
    "ReviewReport",
    "SearchWord",
    "SearchWordChange",
    "StoredPoster",
    "SyncState",
    "Viewing",
    "WatchlistItem",
    "film_address",
    "poster_urls",
]
