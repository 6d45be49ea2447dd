"""What `data_iter` is asked: its data, orders that are alike, and passes that disturb each other."""

import contextlib
import random

import pytest
import torch

from autograder import exercises
from autograder.authoring.exercise import right_answers
from autograder.authoring.expect import Difference
from autograder.exercises.linear_regression.data_iter import data_iter
from autograder.exercises.linear_regression.data_iter_order import demand_random
from autograder.exercises.linear_regression.data_iter_pass import demand_pass, examples, one_pass
from autograder.intake.submission import Submission
from autograder.judging import diagnosis


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
