"""What came of the rows of a file of films."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from import_export.results import Result, RowResult

from common.errors import DomainError

MAX_SHOWN = 500  # rows of a preview
UNEXPECTED = "Something went wrong on our side. The error has been logged."
EXPECTED: dict[type[Exception], str] = {
    Http404: "This film was deleted meanwhile.",
    PermissionDenied: "You may not do this.",
    OperationalError: "The site is busy. Try again in a moment.",
}


class FilmResult(Result):
    """The outcome of an import or of its preview."""

    def shown_rows(self) -> list[RowResult]:
        """Return the first MAX_SHOWN rows; rows that change something come first."""
        return sorted(self.rows, key=lambda row: row.is_skip())[:MAX_SHOWN]

    def count_more(self) -> int:
        return max(len(self.rows) - MAX_SHOWN, 0)

    def refusals(self) -> list[tuple[int, str, str, str]]:
        """Return (row, title, field, message) for the first MAX_SHOWN errors. Rows count from 1 below the heading."""
        return [*self._all_refusals()][:MAX_SHOWN]

    def _all_refusals(self) -> Iterator[tuple[int, str, str, str]]:
        title = self.diff_headers.index("title")
        for row in sorted(self.invalid_rows, key=lambda row: row.number):
            for field, messages in row.error_dict.items():
                yield row.number, row.values[title], "" if field == "__all__" else field, " ".join(messages)
        for row in self.error_rows:
            yield row.number, "", "", describe_error(row.errors[0].error)


def describe_error(error: Exception) -> str:
    """Return what a manager is told of an error that is not of a field."""
    if isinstance(error, DomainError):
        return error.message
    return next((sentence for kind, sentence in EXPECTED.items() if isinstance(error, kind)), UNEXPECTED)
