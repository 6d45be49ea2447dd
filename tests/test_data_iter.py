"""What `data_iter` is asked: orders that are alike, and batches of another kind."""

import contextlib
import random
import re

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
            [free[0], [row for batch in batches[::-1] for row in batch]], n, size
        )


def test_each_order_of_three_examples_must_come():
    """Of 130 shuffles, all do; one that never leaves an example at its place gives two."""
    free = [random.Random(number).sample(range(3), 3) for number in range(130)]
    demand_random(free, 3, 1)
    with pytest.raises(
        Difference, match=re.escape("the order [0, 1, 2] never comes in 130 calls")
    ):
        demand_random([[1, 2, 0], [2, 0, 1]] * 65, 3, 1)


@pytest.mark.parametrize("order", [[*range(2, 28), 0, 1], [*range(27, -1, -1)]])
def test_an_order_that_follows_the_data_is_named_by_its_step(order):
    """Forward or backward, from any row on."""
    with pytest.raises(
        Difference, match="at 27 of 28 places the next row number differs by 1"
    ):
        demand_random([order], 28, 7)
