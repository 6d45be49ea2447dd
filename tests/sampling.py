"""Which of many tests that are alike run by default: some, always the same; the others are slow tests."""

from collections.abc import Iterable

import pytest


def some_of(values: Iterable, step: int) -> list:
    """All as parameters: the first and every `step`-th after it in each run, and the others as slow tests.

    A tuple is for as many names.
    """
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*row, marks=[pytest.mark.slow] * (i % step != 0)) for i, row in enumerate(rows)]
