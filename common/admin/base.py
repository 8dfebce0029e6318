"""The base of the admin's classes."""

from collections.abc import Collection, Iterator

from django.contrib import admin
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold import admin as unfold

from common.database import counting
from common.database.counting import BoundedPaginator

# What Django's filters of a field add to its name in the address.
FILTER_SUFFIXES = ("", "__exact", "__isnull", "__id__exact")
DATE_SUFFIXES = ("__year", "__month", "__day")


class BoundedAdminPaginator(BoundedPaginator):
    """Pages as far as they reach where the total is estimated: Django shows a list that it thinks is short whole."""

    template_name = "common/includes/admin_pages.html"

    @cached_property
    def count(self) -> int:
        return self.total.number if self.total.is_exact else counting.DEEPEST


class ModelAdmin(unfold.ModelAdmin):
    """Base of every ModelAdmin here: a list is filtered by what its page offers and by nothing else.

    Django lets the address of a list filter by any column of its model. `?password__startswith=` reads a column that
    the page does not show, letter by letter.
    """

    # No list counts more rows than it can show.
    paginator = BoundedAdminPaginator
    show_full_result_count = False

    # Parameters that links from other pages use.
    linked_lookups: Collection[str] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Return whether the address of the list may filter by `lookup`. Django answers 400 to others."""
        return lookup in self.linked_lookups or lookup in set(self._offered_lookups(request))

    def _offered_lookups(self, request: HttpRequest | None) -> Iterator[str]:
        if self.date_hierarchy:
            yield from (f"{self.date_hierarchy}{suffix}" for suffix in DATE_SUFFIXES)
        for item in self.get_list_filter(request) if request else self.list_filter:
            if isinstance(item, type) and issubclass(item, admin.SimpleListFilter):
                yield str(item.parameter_name)
            else:
                name = item[0] if isinstance(item, list | tuple) else item
                yield from (f"{name}{suffix}" for suffix in FILTER_SUFFIXES)
