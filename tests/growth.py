"""How the cost of a call grows with its input, as a ratio within one run on any machine."""

from __future__ import annotations

import time
from collections.abc import Callable

TIMES = 16


def require_proportion(make: Callable[[int], Callable[[], object]], size: int) -> None:
    """Fail if one call of `size` costs much more than sixteen calls of a sixteenth of it.

    `make` gives the call for a size. A quadratic cost is sixteen times as much. The best processor
    time of three runs counts.
    """
    large, small = make(size), make(size // TIMES)
    once = min(_cost(large, 1) for _ in range(3))
    often = min(_cost(small, TIMES) for _ in range(3))
    assert once < 4 * often + 0.01, (
        f"{once:.3f} s against {often:.3f} s for the same in {TIMES} parts"
    )


def _cost(call: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - start
