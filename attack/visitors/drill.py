"""The drill: the crowd comes while something disturbs the site, and what it saw is laid beside an undisturbed visit."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from statistics import quantiles

from attack.registry import Verdict
from attack.site.running import Site
from attack.visitors.crowd import Crowd, Sample, Visit

SECONDS = 12
LIMIT_SECONDS = 1.0
SETTLE_SECONDS = 3


@cache
def crowd_of(site: Site) -> Crowd:
    """Return the crowd of the run. Making it takes some seconds."""
    return Crowd(site)


@cache
def undisturbed(site: Site) -> Visit:
    """Return what the crowd saw when nothing disturbed the site."""
    with crowd_of(site).come(6):
        pass  # the first visits of a site that has just started
    with crowd_of(site).come(SECONDS) as visit:
        pass
    return visit


def drill(site: Site, disturb: Callable[[], AbstractContextManager[object]] = nullcontext) -> Verdict:
    """Let the crowd come during a disturbance. The site holds when each answer of it comes within a second.

    On a machine that is too busy for that even when nothing disturbs the site, twice what it needed then. How busy it
    is changes, so that a slow drill is done again, beside an undisturbed visit of the same minute.
    """
    before = undisturbed(site)
    visit = come_during(site, disturb())
    verdict = judge(visit, before)
    if verdict.held or any(sample.failed for sample in visit.samples):
        return verdict
    time.sleep(SETTLE_SECONDS)
    usual = come_during(site, nullcontext())
    return judge(come_during(site, disturb()), usual)


def come_during(site: Site, disturbance: AbstractContextManager[object]) -> Visit:
    with disturbance, crowd_of(site).come(SECONDS) as visit:
        pass
    return visit


def judge(visit: Visit, before: Visit) -> Verdict:
    held, figures = True, []
    for kind, name in (("live", "/health/live"), ("buy", "purchase")):
        samples, usual = visit.of(kind), before.of(kind)
        limit = max(LIMIT_SECONDS, 2 * max(sample.seconds for sample in usual))
        held = held and bool(samples) and all(not one.failed and one.seconds <= limit for one in samples)
        figures.append(f"{name} {percentiles(samples)}, undisturbed {percentiles(usual)}")
    figures.append(f"visits {percentiles(visit.of('visit'))}")
    return Verdict(held, "; ".join(figures))


def percentiles(samples: Sequence[Sample]) -> str:
    """Describe how long the answers took: half of them, 95 % and the slowest, in milliseconds; and what failed."""
    if not samples:
        return "none"
    times = sorted(sample.seconds * 1000 for sample in samples)
    cuts = quantiles(times, n=20) if len(times) > 1 else times * 19
    failed = Counter(f"{sample.status or ''} {sample.code}".strip() for sample in samples if sample.failed)
    which = ", ".join(f"{many} x {what}" for what, many in failed.items())
    errors = f"{failed.total()} of {len(samples)} failed{which and ': '}{which}"
    return f"{cuts[9]:.0f}/{cuts[18]:.0f}/{times[-1]:.0f} ms ({errors})"
