"""Text that the database can store, and titles and names without invisible signs."""

import re
from collections.abc import Iterator
from typing import Any

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# Marks, overrides and isolates of direction; spaces, letters and tags without width.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
# After a space, and in these scripts (Latin to Hebrew, Chinese, Japanese, Korean), a joiner joins nothing. It shapes
# letters of Arabic, Indian and Mongolian scripts, and makes one emoji of several.
_NOT_JOINED = r"\0-\u05ff\u1e00-\u206f\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff\s"
_FLAG_OF_A_REGION = "\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"  # such as that of Wales, which is spelt with tags
_NOT_SEEN = re.compile(f"({_FLAG_OF_A_REGION})|[{_INVISIBLE}]|(?:^|(?<=[{_NOT_JOINED}]))[\u180e\u200c\u200d]+")
# Of each name in a path. Paths are for messages; a name may be as long as the body.
MAX_NAME = 100


def strip_invisible(text: str) -> str:
    """Return a title or a name without signs of direction and other invisible ones.

    They turn the text beside them round, or make two texts of one. Letters, accents and emoji of all scripts stay.
    """
    if text.isascii():  # as most long texts are: there is none to look for
        return text
    # Twice, because a joiner may have joined nothing but another such sign.
    return _NOT_SEEN.sub(r"\1", _NOT_SEEN.sub(r"\1", text))


def unstorable(data: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the dotted paths of texts with NUL or half a surrogate pair; of a name with one, its object's path."""
    if isinstance(data, str):
        if _UNSTORABLE.search(data):
            yield ".".join(path) or "body"
    elif isinstance(data, dict):
        for name, value in data.items():
            if _UNSTORABLE.search(name):
                yield ".".join(path) or "body"
            else:
                yield from unstorable(value, (*path, name[:MAX_NAME]))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from unstorable(value, (*path, str(index)))
