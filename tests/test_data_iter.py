"""What `data_iter` is asked: its data, orders that are alike, and passes that disturb each other."""

import contextlib
import functools
import random

import pytest
import torch

from autograder import exercises
from autograder.authoring.exercise import right_answers
from autograder.authoring.expect import Difference
from autograder.exercises.linear_regression.data_iter import data_iter, passes
from autograder.exercises.linear_regression.data_iter_order import demand_random
from autograder.exercises.linear_regression.data_iter_pass import demand_pass, examples, one_pass
from autograder.intake.submission import Submission
from autograder.judging import diagnosis
from autograder.sandbox.inside.loading import compiled
from autograder.sandbox.inside.probes import made

N, SIZE = 1000, 50


def shuffled(rows, by=random):
    return by.sample(list(rows), len(rows))


def cut(rows, size):
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def joined(parts):
    return [row for part in parts for row in part]


def swapped(rows, far, near=0):
    for i in range(len(rows)):
        j = random.choice(range(max(0, i + near), min(len(rows), i + far)))
        rows[i], rows[j] = rows[j], rows[i]
    return rows


ROWS = range(N)
FIXED = shuffled(ROWS, random.Random(1))
ALIKE = {  # besides those of tests/wrong_answers
    "the same at every second call": lambda call: shuffled(ROWS, random.Random(call % 2)),
    "the order of tens, within fixed batches": lambda call: joined(map(shuffled, shuffled(cut(FIXED, 10)))),
    "rows swapped with near ones": lambda call: swapped([*ROWS], 12),
    "even rows first": lambda call: shuffled(ROWS[::2]) + shuffled(ROWS[1::2]),
}
FREE = {
    "torch.randperm": lambda call: torch.randperm(N).tolist(),
    "sorted by random comparisons": lambda call: sorted(
        ROWS, key=functools.cmp_to_key(lambda a, b: random.choice([-1, 1]))
    ),
    "each swapped with any": lambda call: swapped([*ROWS], N, -N),
    "each batch as a set has it": lambda call: joined(map(set, cut(shuffled(ROWS), SIZE))),
}


@pytest.mark.parametrize("how", ALIKE)
def test_orders_that_are_alike_are_told_from_random_ones(how):
    """Six calls over a thousand examples show what has to do with the data's order, or another call's."""
    for number in range(3):
        random.seed(number)
        with pytest.raises(Difference):
            demand_random([ALIKE[how](call) for call in range(6)], N, SIZE)


@pytest.mark.parametrize("how", FREE)
def test_a_random_order_is_right_however_it_is_made(how):
    """Also where not all orders come equally often, or a batch has its examples in the data's order."""
    for number in range(5):
        random.seed(number)
        torch.manual_seed(number)
        demand_random([FREE[how](call) for call in range(6)], N, SIZE)


@pytest.mark.parametrize(("n", "size"), [(20, 4), (36, 12)])
def test_small_orders_are_compared_as_far_as_chance_lets_them(n, size):
    """The data's own order is never right, nor is one that comes again; batches are, if chance makes them."""
    free = [shuffled(range(n), random.Random(number)) for number in range(2)]
    demand_random(free, n, size)
    for orders in ([free[0], free[0]], [[*range(n)], free[0]]):
        with pytest.raises(Difference, match=r"same order|order of the data"):
            demand_random(orders, n, size)
    again = [free[0], joined(shuffled(cut(free[0], size)))]
    expected = contextlib.nullcontext() if n == 20 else pytest.raises(Difference, match="same batches")
    with expected:
        demand_random(again, n, size)


def test_equal_rows_have_labels_of_their_own():
    """An example is its row and its label: a pass that has a row as often, but another's label, is none."""
    X, y = torch.tensor([[1.0], [1.0], [2.0]]), torch.tensor([3.0, 4.0, 4.0])
    given = examples(X, y)
    whole = one_pass([(X[[2, 1]], y[[2, 1]]), (X[[0]], y[[0]])])
    assert [2, 1, 0] == demand_pass(whole, 2, X, y, given)
    by_value = one_pass([(X[[2, 1]], y[[2, 1]]), (X[[0]], y[[1]])])
    words = "example 0 has the label 3, but got 4"
    with pytest.raises(Difference, match=words):
        demand_pass(by_value, 2, X, y, given)


class Again:
    """An iterator that is its own and begins anew wherever it is asked for one."""

    def __init__(self, size, X, y):
        self.size, self.X, self.y = size, X, y

    def __iter__(self):
        self.at = 0
        return self

    def __next__(self):
        if self.at >= len(self.X):
            raise StopIteration
        self.at += self.size
        return self.X[self.at - self.size : self.at], self.y[self.at - self.size : self.at]


def test_passes_are_read_as_a_loop_reads_them():
    """An iterator is asked for once: one that is its own begins anew only where a loop does."""
    X = torch.arange(7.0)[:, None]
    ready = made({"p": compiled(passes.source, "p")})
    got = ready["p"](Again, {}, [3, X, X, 2, [0, 1, 3], [0, 2], 1])["passes"]
    assert [[3, 3, 1]] * 9 == [one["sizes"] for one in got]


PARTS = exercises.of("linear_regression")
BY_A_LIST = [m for m in data_iter.mistakes if "rows = list" in m.source and "    random.shuffle" in m.source]


@pytest.mark.slow
@pytest.mark.parametrize("mistake", BY_A_LIST[::8], ids=lambda mistake: mistake.name)
def test_a_mistake_has_its_name_whoever_shuffles(judges, mistake):
    """What is compared of random answers does not depend on the generator."""
    by_torch = "rows[:] = [rows[k] for k in torch.randperm(len(rows))]"
    source = right_answers(PARTS) + mistake.source.replace("random.shuffle(rows)", by_torch)
    judge = judges["linear_regression"]
    parsed, _ = judge.parse(Submission("ada", "ada.py", source))
    trial = judge.trial(data_iter, parsed, data_iter.conditional)
    found = diagnosis.results(trial, judge.mistakes, False)
    assert {mistake.name} == {result.mistake for result in found} - {""}
