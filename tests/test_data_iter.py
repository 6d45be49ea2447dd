"""What `data_iter` is asked: its data, orders that are alike, and passes that disturb each other."""

import contextlib
import random

import pytest

from autograder.authoring.expect import Difference
from autograder.exercises.linear_regression.data_iter_order import demand_random


def shuffled(rows, by=random):
    return by.sample(list(rows), len(rows))


def cut(rows, size):
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def joined(parts):
    return [row for part in parts for row in part]


@pytest.mark.parametrize(("n", "size"), [(20, 4), (36, 12)])
def test_small_orders_are_compared_as_far_as_chance_lets_them(n, size):
    """The data's own order is never right, nor is one that comes again; batches are, if chance makes them."""
    free = [shuffled(range(n), random.Random(number)) for number in range(2)]
    demand_random(free, n, size)
    for orders in ([free[0], free[0]], [[*range(n)], free[0]]):
        with pytest.raises(Difference, match=r"same order|order of the data"):
            demand_random(orders, n, size)
    again = [free[0], joined(cut(free[0], size)[::-1])]
    expected = contextlib.nullcontext() if n == 20 else pytest.raises(Difference, match="same batches")
    with expected:
        demand_random(again, n, size)
