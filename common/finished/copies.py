"""The copies of this process: bounded by their bytes, the one that was asked for longest ago goes first.

What is asked for for the first time goes to Redis alone: addresses that are asked for once, as those of most searches
are, would take all the room.
"""

from collections import OrderedDict

from common.finished.entries import Entry
from common.finished.questions import Key


class Copies:
    def __init__(self, largest: int) -> None:
        self._room = largest
        self._entries: OrderedDict[Key, Entry] = OrderedDict()

    def find(self, key: Key) -> Entry | None:
        if entry := self._entries.get(key):
            self._entries.move_to_end(key)
        return entry

    def renew(self, key: Key, entry: Entry) -> None:
        """Keep the entry in the place of an older one, if there is one."""
        if key in self._entries:
            self.keep(key, entry)

    def keep(self, key: Key, entry: Entry) -> None:
        if replaced := self._entries.pop(key, None):
            self._room += replaced.size
        self._entries[key] = entry
        self._room -= entry.size
        while self._room < 0:
            _, oldest = self._entries.popitem(last=False)
            self._room += oldest.size
