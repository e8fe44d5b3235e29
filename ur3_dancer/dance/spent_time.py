"""How long pieces of work take, in ms: one after the other, or each begun at the pace of life."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ur3_dancer.clock import Clock

_SUMMED = 50_000


def spent_ms(
    work: Callable[[Any], object], inputs: Iterable, clock: Clock, rate_hz: float | None = None
) -> list[float]:
    """Return what the work on each input takes, in ms.

    Args:
        work: what is timed.
        inputs: what it is given; making these is not timed.
        clock: tells time and waits.
        rate_hz: how often work begins; one after the other without it.
    """
    times_ms, start_s = [], clock.now_s()
    for index, given in enumerate(inputs):
        if rate_hz:
            clock.sleep_until_s(start_s + index / rate_hz)
        before_s = clock.now_s()
        work(given)
        times_ms.append(1e3 * (clock.now_s() - before_s))
    return times_ms


def percentiles_ms(times_ms: list[float]) -> dict[str, float]:
    """Return `{p50_ms, p99_ms}`, rounded to a microsecond."""
    return {f"p{q}_ms": round(float(np.percentile(times_ms, q)), 3) for q in (50, 99)}


def measure_machine(count: int, clock: Clock, rate_hz: float | None = None) -> dict[str, float]:
    """Return `{p50_ms, p99_ms}` of one sum over and over, of a millisecond or so.

    It needs no memory: how evenly the machine itself computes, whatever the model.
    """
    return percentiles_ms(spent_ms(_sum, [_SUMMED] * count, clock, rate_hz))


def _sum(count: int) -> int:
    return sum(range(count))
