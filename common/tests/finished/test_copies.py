"""The copies of a process: how many bytes they take."""

import time

from common.finished.copies import Copies
from common.finished.entries import Entry, Lifetime


def entry(size):
    made = Entry((b"1",), time.time(), Lifetime(120), [], b"", ("films",))
    made.body = b"x" * (size - made.size)
    return made


def test_what_was_asked_for_longest_ago_goes_first():
    copies, entries = Copies(10_000), {name: entry(4_000) for name in (b"a", b"b", b"c")}
    copies.keep((b"a",), entries[b"a"])
    copies.keep((b"b",), entries[b"b"])
    assert copies.find((b"a",)) is entries[b"a"]
    copies.keep((b"c",), entries[b"c"])
    assert copies.find((b"b",)) is None
    assert copies.find((b"a",))
    assert copies.find((b"c",))


def test_a_new_entry_takes_the_place_of_the_old_one():
    copies = Copies(10_000)
    for _ in range(5):
        copies.keep((b"a",), entry(4_000))
    copies.keep((b"b",), entry(4_000))
    assert copies.find((b"a",))
    assert copies.find((b"b",))


def test_what_is_larger_than_all_room_is_not_kept():
    copies = Copies(10_000)
    copies.keep((b"a",), entry(20_000))
    assert copies.find((b"a",)) is None
    copies.keep((b"b",), entry(9_000))
    assert copies.find((b"b",))


def test_what_was_asked_for_once_takes_no_room():
    copies, older = Copies(10_000), entry(4_000)
    copies.renew((b"a",), older)
    assert copies.find((b"a",)) is None
    copies.keep((b"a",), older)
    copies.renew((b"a",), newer := entry(4_000))
    assert copies.find((b"a",)) is newer
