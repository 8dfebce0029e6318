"""A pytest plugin: which tests a parallel worker gets together, and in which order.

Groups are for tests that share a process or last long, and begin first, the largest of them before the others. All
other tests go in pieces of a file: what a module sets up is set up once or twice, and no worker waits for each test.
"""

from collections import Counter
from functools import cache

import pytest
from xdist.scheduler import LoadGroupScheduling

TESTS_AT_ONCE = 25


class PieceScheduling(LoadGroupScheduling):
    def __init__(self, config, log=None):
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the order is that of `pytest_collection_modifyitems`
        self._files: Counter[str] = Counter()
        self._piece = cache(self._find_piece)

    def _split_scope(self, nodeid: str) -> str:
        group = super()._split_scope(nodeid)
        return self._piece(nodeid) if group == nodeid else group

    def _find_piece(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        self._files[file] += 1
        return f"{file} {(self._files[file] - 1) // TESTS_AT_ONCE}"


def pytest_xdist_make_scheduler(config, log):
    return PieceScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    def group(item):
        mark = item.get_closest_marker("xdist_group")
        return mark.args[0] if mark else ""

    sizes = Counter(map(group, items))
    del sizes[""]
    items.sort(key=lambda item: -sizes[group(item)])
