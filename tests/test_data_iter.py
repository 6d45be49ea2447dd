"""What `data_iter` is asked: orders that are alike, and batches of another kind."""

import contextlib
import random

import pytest

from autograder.authoring.expect import Difference
from autograder.exercises.linear_regression.data_iter_order import demand_random


@pytest.mark.parametrize(("n", "size"), [(20, 4), (36, 12)])
def test_small_orders_are_compared_as_far_as_chance_lets_them(n, size):
    """The data's own order is never right, nor is one that comes again; batches are, if chance
    makes them.
    """
    free = [random.Random(number).sample(range(n), n) for number in range(2)]
    demand_random(free, n, size)
    for orders in ([free[0], free[0]], [[*range(n)], free[0]]):
        with pytest.raises(Difference, match=r"same order|order of the data"):
            demand_random(orders, n, size)
    batches = [free[0][i : i + size] for i in range(0, n, size)]
    expected = (
        contextlib.nullcontext()
        if n == 20
        else pytest.raises(Difference, match="same batches")
    )
    with expected:
        demand_random(
            [free[0], [row for batch in batches[::-1] for row in batch]],
            n,
            size,
        )
