import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from catalog_sync.clients.budget import DailyBudget, seconds_until_utc_midnight
from catalog_sync.clients.errors import AllowanceSpent, Unavailable


@pytest.fixture
def name():
    return f"test-{uuid4()}"


def taken(budgets, tries):
    """How many calls were granted to so many threads, each of which tries often."""
    granted = []
    start = threading.Barrier(len(budgets))

    def work(budget):
        start.wait()
        for _ in range(tries):
            try:
                budget.take()
            except AllowanceSpent:
                continue
            granted.append(1)

    threads = [threading.Thread(target=work, args=[budget]) for budget in budgets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(granted)


def test_no_crowd_exceeds_it(name):
    assert taken([DailyBudget(name, 50) for _ in range(8)], tries=20) == 50


def test_without_the_script_a_crowd_would_exceed_it(name):
    """The control: looking and counting in two steps, with everybody in between."""
    together = threading.Barrier(8)

    class TwoSteps(DailyBudget):
        def take(self, leave=0):
            left = self.left()
            together.wait()
            if not left:
                raise AllowanceSpent
            self._redis.incr(self._key)

    assert taken([TwoSteps(name, 4) for _ in range(8)], tries=1) == 8


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2026, 3, 1, 23, 59, 59, 500_000, UTC), 1),
        (datetime(2026, 3, 1, tzinfo=UTC), 86_400),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), 43_200),
    ],
)
def test_the_day_ends_at_midnight(now, seconds):
    assert seconds_until_utc_midnight(now) == seconds


def test_some_may_be_left_for_others(name):
    budget = DailyBudget(name, 3)
    budget.take(leave=2)
    with pytest.raises(AllowanceSpent):
        budget.take(leave=2)
    budget.take()
    budget.take()
    with pytest.raises(AllowanceSpent):
        budget.take()
    assert budget.left() == 0


def test_the_next_day_begins_anew(name):
    now = [datetime(2026, 3, 1, 23, 59, tzinfo=UTC)]
    budget = DailyBudget(name, 1, today=lambda: now[0])
    budget.take()
    with pytest.raises(AllowanceSpent):
        budget.take()
    now[0] += timedelta(minutes=1)
    assert budget.left() == 1
    budget.take()


def test_using_it_up_never_gives_any_back(name):
    small, large = DailyBudget(name, 2), DailyBudget(name, 10)
    for _ in range(5):
        large.take()
    small.exhaust()
    assert large.left() == 5
    large.exhaust()
    assert large.left() == 0


def test_what_cannot_be_counted_is_not_done(name):
    with pytest.raises(Unavailable, match="did not answer"):
        DailyBudget(name, 1, redis_url="redis://127.0.0.1:1/0", patience=0.2).take()
