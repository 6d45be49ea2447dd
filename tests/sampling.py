"""Which of many tests that are alike run by default: some, always the same; the others are slower sets."""

from collections.abc import Iterable

import pytest


def some_of(values: Iterable, step: int, slow: int = 1) -> list:
    """All as parameters: the first and every `step`-th after it in each run, every `slow`-th as a slow test.

    The others run before a release.  A tuple is for as many names.
    """

    def marks(i):
        return [] if i % step == 0 else [pytest.mark.slow if i % slow == 0 else pytest.mark.release]

    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*row, marks=marks(i)) for i, row in enumerate(rows)]
