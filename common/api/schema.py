"""The OpenAPI document: tidy names, and every error documented at every operation."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, force_instance
from drf_spectacular.utils import Direction
from rest_framework.views import APIView

from common.api.answers.sparse import PARAMETER as FIELDS
from common.api.answers.sparse import SparseFields
from common.errors import Code

PATH_PREFIX = r"^/api(/v1)?"
TAGS = {"common": "site", "movies": "movies", "accounts": "accounts", "cinema": "cinema", "catalog_sync": "sync"}

ERROR_SCHEMA = {
    "type": "object",
    "description": "The one shape of every error.",
    "required": ["status_code", "error", "code", "message", "errors", "timestamp", "path", "trace_id"],
    "properties": {
        "status_code": {"type": "integer", "examples": [400]},
        "error": {"type": "string", "description": "The status in words.", "examples": ["Bad Request"]},
        "code": {"$ref": "#/components/schemas/ErrorCode"},
        "message": {"type": "string", "description": "A sentence for people; it may be reworded."},
        "errors": {
            "type": "array",
            "description": "What is wrong where; at most 100.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string", "description": "Dotted, as in `items.3.title`; `body` for all of it."},
                    "message": {"type": "string"},
                },
            },
        },
        "timestamp": {"type": "string", "format": "date-time", "description": "UTC."},
        "path": {"type": "string"},
        "trace_id": {"type": "string", "description": "The same as in the `X-Request-ID` header and in our logs."},
        "details": {
            "type": "object",
            "description": "Only where there is something that a program can go on with, such as the next free times.",
        },
    },
}
ERROR_CODE_SCHEMA = {
    "type": "string",
    "enum": Code.values,
    "description": "Stable names to branch on.\n\n" + "\n".join(f"* `{code.value}`: {code.label}" for code in Code),
}
DESCRIPTIONS = {
    "400": "The request is not valid.",
    "401": "Not signed in.",
    "403": "Not allowed.",
    "404": "Not found.",
    "405": "This address does not answer that method.",
    "406": "Nothing acceptable to serve.",
    "408": "The body did not arrive in time.",
    "409": "A conflict with what is stored.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The `Idempotency-Key` belongs to another request.",
    "429": "Too many requests.",
    "500": "Something broke on our side.",
    "503": "Busy or down.",
}


class MarqueeSchema(AutoSchema):
    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        return super().get_operation(path, path_regex, PATH_PREFIX, method, registry)

    def is_excluded(self) -> bool:
        # The one address that also answers with a slash is documented once.
        return self.path.endswith("/") or super().is_excluded()

    def _get_request_body(self, direction: Direction = "request") -> dict[str, Any] | None:
        # drf-spectacular knows no body of a DELETE; one that declares its `request` has one.
        if self.method != "DELETE":
            return super()._get_request_body(direction)
        if (declared := self.get_request_serializer()) is None:
            return None
        schema, _ = self._get_request_for_media_type(declared, direction)
        fields = getattr(force_instance(declared), "fields", {}).values()
        required = any(field.required for field in fields)
        return {"required": required, "content": {"application/json": {"schema": schema}}}

    def get_request_serializer(self) -> Any:
        return None if self.method == "DELETE" else super().get_request_serializer()

    def get_tags(self) -> list[str]:
        app = type(self.view).__module__.partition(".")[0]
        return [TAGS.get(app, app)]

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *sparse_parameter(self.view, self.method)]


def sparse_parameter(view: APIView, method: str) -> list[Any]:
    """Describe `fields`, where the view's answers can be limited to some of their fields."""
    from drf_spectacular.utils import OpenApiParameter

    serializer = getattr(view, "get_serializer_class", lambda: None)() if hasattr(view, "serializer_class") else None
    if method != "GET" or serializer is None or not issubclass(serializer, SparseFields):
        return []
    known = ", ".join(serializer().fields)
    return [OpenApiParameter(FIELDS, str, description=f"Only these fields, separated by commas, of: {known}.")]


def add_error_responses(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the errors of every operation (a postprocessing hook of drf-spectacular)."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update({"Error": ERROR_SCHEMA, "ErrorCode": ERROR_CODE_SCHEMA})
    components["responses"] = {f"Error{status}": error_answer(text) for status, text in DESCRIPTIONS.items()}
    for item in result["paths"].values():
        for method, operation in item.items():
            if "responses" in operation:
                for status in possible_errors(method, operation):
                    operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Error{status}"})
    return result


def error_answer(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def possible_errors(method: str, operation: dict[str, Any]) -> list[str]:
    errors = ["400", "405", "406", "429", "500", "503"]
    parameters = operation.get("parameters", [])
    if any(parameter.get("in") == "path" for parameter in parameters):
        errors.append("404")
    if {} not in operation.get("security", [{}]):
        errors += ["401", "403"]
    if method != "get":
        errors.append("409")
    if "requestBody" in operation:
        errors += ["408", "413", "415"]
    if any(parameter.get("name") == "Idempotency-Key" for parameter in parameters):
        errors.append("422")
    return sorted(errors)
