"""How the tests of every app read a page."""

import re
from typing import Any


def text_of(response: Any) -> str:
    """Return the text of a page without its tags, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
