"""What of an address is a film's title or its IMDb id."""

import re

# A film's number, or an address of something else, below which there may be more to come.
NO_TITLE = re.compile(r"(?:[0-9]+|bulk|fetch|lookup|search|suggest)(?:/|\Z)")


class TitleConverter:
    """May hold slashes, which servers decode before anybody sees the address, but not at its end."""

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
