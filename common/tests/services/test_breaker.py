from common.services.breaker import SKIP_SECONDS, Breaker, breaker_of


def test_a_service_that_works_is_never_skipped():
    service = Breaker()
    assert not service.is_skipping()
    service.succeed()
    assert not service.is_skipping()


def test_after_a_failure_one_caller_at_a_time_tries_again(breaker_clock):
    service = Breaker()
    service.fail()
    assert service.is_skipping()
    breaker_clock[0] += SKIP_SECONDS
    assert [service.is_skipping() for _ in range(3)] == [False, True, True]
    breaker_clock[0] += SKIP_SECONDS  # the one that tried has died
    assert [service.is_skipping() for _ in range(2)] == [False, True]
    service.succeed()
    assert [service.is_skipping() for _ in range(2)] == [False, False]


def test_each_service_has_its_own():
    breaker_of(("cache", 1)).fail()
    assert breaker_of(("cache", 1)).is_skipping()
    assert not breaker_of(("cache", 2)).is_skipping()
