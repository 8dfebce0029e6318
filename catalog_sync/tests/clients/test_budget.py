import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from catalog_sync.clients.budget import DailyBudget, seconds_until_utc_midnight
from catalog_sync.clients.errors import AllowanceSpent, Unavailable


@pytest.fixture
def name():
    return f"test-{uuid4()}"


def spend_together(budgets, tries):
    """Return how many calls were granted to threads, one per budget, each of which tries often."""
    granted = []
    start = threading.Barrier(len(budgets))

    def work(budget):
        start.wait()
        for _ in range(tries):
            try:
                budget.spend()
            except AllowanceSpent:
                continue
            granted.append(1)

    threads = [threading.Thread(target=work, args=[budget]) for budget in budgets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(granted)


def test_concurrent_calls_never_exceed_the_limit(name):
    assert spend_together([DailyBudget(name, 50) for _ in range(8)], tries=20) == 50


def test_control_without_the_script_they_exceed_it(name):
    """Read and count in two steps, with all threads in between."""
    together = threading.Barrier(8)

    class TwoSteps(DailyBudget):
        def spend(self, reserve=0):
            left = self.remaining()
            together.wait()
            if not left:
                raise AllowanceSpent
            self._redis.incr(self._key)

    assert spend_together([TwoSteps(name, 4) for _ in range(8)], tries=1) == 8


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2026, 3, 1, 23, 59, 59, 500_000, UTC), 1),
        (datetime(2026, 3, 1, tzinfo=UTC), 86_400),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), 43_200),
    ],
)
def test_the_day_ends_at_midnight_utc(now, seconds):
    assert seconds_until_utc_midnight(now) == seconds


def test_a_reserve_is_left_for_other_callers(name):
    budget = DailyBudget(name, 3)
    budget.spend(reserve=2)
    with pytest.raises(AllowanceSpent):
        budget.spend(reserve=2)
    budget.spend()
    budget.spend()
    with pytest.raises(AllowanceSpent):
        budget.spend()
    assert budget.remaining() == 0


def test_the_next_day_begins_anew(name):
    now = [datetime(2026, 3, 1, 23, 59, tzinfo=UTC)]
    budget = DailyBudget(name, 1, now=lambda: now[0])
    budget.spend()
    with pytest.raises(AllowanceSpent):
        budget.spend()
    now[0] += timedelta(minutes=1)
    assert budget.remaining() == 1
    budget.spend()


def test_exhaust_never_lowers_the_count(name):
    small, large = DailyBudget(name, 2), DailyBudget(name, 10)
    for _ in range(5):
        large.spend()
    small.exhaust()
    assert large.remaining() == 5
    large.exhaust()
    assert large.remaining() == 0


def test_without_redis_no_call_is_allowed(name):
    with pytest.raises(Unavailable, match="did not answer"):
        DailyBudget(name, 1, redis_url="redis://127.0.0.1:1/0", retry_seconds=0.2).spend()
