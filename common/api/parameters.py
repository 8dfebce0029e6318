"""Refusal of unknown and repeated query parameters, by name: a typo must not look like an answer."""

from collections.abc import Collection, Iterator
from typing import Any, cast

from django_filters import MultipleChoiceFilter
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from common.api.answers.sparse import PARAMETER as FIELDS
from common.api.answers.sparse import SparseFields


class KnownParametersOnly(GenericAPIView[Any]):
    """View mixin. The known parameters follow from the view's paginator, filterset and serializer.

    A view that `takes_any_parameter` ignores all of them: its address is opened by programs that add their own.
    """

    takes_any_parameter = False

    # What the view itself reads from the query, and which of its parameters may be repeated.
    extra_parameters: Collection[str] = ()
    repeatable_parameters: Collection[str] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.takes_any_parameter or not request.query_params:
            return
        known = list(dict.fromkeys(self.known_parameters()))
        if errors := {name: messages for name in request.query_params if (messages := self._complaints(name, known))}:
            raise ValidationError(errors)
        if FIELDS in request.query_params:
            # Built here, because an empty list would never build it, and then accept any name.
            cast(SparseFields, self.get_serializer()).requested_fields()

    def _complaints(self, name: str, known: list[str]) -> list[str]:
        if name not in known:
            return [f"Unknown parameter. Known: {', '.join(known)}." if known else "This address takes no parameters."]
        values = self.request.query_params.getlist(name)
        if any("\0" in value for value in values):
            return ["NUL characters are not allowed."]
        if len(values) > 1 and not self._is_repeatable(name):
            return ["Send this once."]
        return []

    def known_parameters(self) -> Iterator[str]:
        yield from self.extra_parameters
        if self.request.method not in {"GET", "HEAD"}:
            return
        if self._is_list():
            yield from self._filters()
            if self.paginator is not None:
                # The paginator documents its parameters; the same list decides what is accepted.
                yield from (parameter["name"] for parameter in self.paginator.get_schema_operation_parameters(self))
        if issubclass(self.get_serializer_class(), SparseFields):
            yield FIELDS

    def _is_list(self) -> bool:
        if hasattr(self, "action"):
            # `detail` is what the router says of a route, and what `@action(detail=False)` says of itself.
            return self.action == "list" or getattr(self, "detail", None) is False
        return hasattr(self, "list")

    def _filters(self) -> dict[str, Any]:
        filterset = getattr(self, "filterset_class", None)
        return {} if filterset is None else filterset.base_filters

    def _is_repeatable(self, name: str) -> bool:
        return name in self.repeatable_parameters or isinstance(self._filters().get(name), MultipleChoiceFilter)
