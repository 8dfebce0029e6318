"""URL converters for titles and IMDb ids."""

import re

# A film's number, or the address of another resource, with what may follow it.
NO_TITLE = re.compile(r"(?:[0-9]+|bulk|fetch|lookup|search|suggest)(?:/|\Z)")


class TitleConverter:
    """Converter of a title. It may contain slashes, which servers decode before Django; but not at its end."""

    regex = ".*[^/]"

    def to_python(self, value: str) -> str:
        if NO_TITLE.match(value):
            raise ValueError("not a title")
        return value

    def to_url(self, value: str) -> str:
        return self.to_python(value)


class ImdbIdConverter:
    regex = "tt[0-9]{7,10}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
