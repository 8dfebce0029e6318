"""Files in a body: as a form beside JSON, of a bounded size."""

from typing import Any

from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.views import APIView

from common.api.parsing import JSONParser
from common.errors import PayloadTooLarge

# What a form says around its file.
AROUND_A_FILE = 65_536


class TakesFiles(APIView):
    """View mixin. A body that declares too many bytes is refused before anything of it is read, even by the check
    for a CSRF token; a body can't be longer than it declares (see BodyLimitMiddleware)."""

    largest_file: int
    parser_classes = (JSONParser, MultiPartParser)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        limit = self.largest_file + AROUND_A_FILE
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise PayloadTooLarge(f"The body is larger than {limit} bytes.")
        super().initial(request, *args, **kwargs)
