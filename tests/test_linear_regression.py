"""Linear regression: the doubles of its parts, and the fair ways to run `train`."""

from types import SimpleNamespace

import pytest
import torch
from warm import space_of

from autograder import exercises
from autograder.authoring import drawing
from autograder.authoring.expect import Difference
from autograder.authoring.proxy import Seen
from autograder.exercises.linear_regression.train import sized
from autograder.exercises.linear_regression.train_descent import (
    End,
    Run,
    compare,
    demand_infinite,
    demand_second,
    descent,
)
from autograder.exercises.linear_regression.train_own_batches import (
    demand_any_order,
    demand_random_order,
)
from autograder.exercises.linear_regression.train_shown import training_as_lines

(TRAIN,) = [one for one in exercises.load("linear_regression") if one.name == "train"]


LOOP = (
    "    with torch.no_grad():\n        for p in params:\n            p -= lr * p.grad / "
    "batch_size\n"
)


@pytest.mark.parametrize(
    ("own", "left"),
    [
        (f"def sgd(params, lr, batch_size):\n{LOOP}", [2.0]),
        (f"def sgd(params, lr, batch_size):\n{LOOP}            p.grad = None", [0.0]),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n        "
            "p.oops\n        p.grad.zero_()",
            [0.0],
        ),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n        p -= lr "
            "* p.grad / batch_size",
            [2.0],
        ),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n        p -= "
            "1\n        p.grad *= 0",
            [0.0],
        ),
        ("", [0.0]),
    ],
    ids=[
        "keeps",
        "none",
        "fails",
        "forgets no_grad",
        "forgets no_grad, zeroes in its own way",
        "missing",
    ],
)
def test_a_right_sgd_leaves_the_gradient_as_the_student_s_does(own, left):
    """A loop need not zero what its sgd zeroes; nobody knows what one that fails or is missing
    does.
    """
    source = f"""
{own}

def train():
    p = torch.zeros(1, requires_grad=True)
    p.grad = torch.tensor([2.0])
    sgd([p], 0.5, 2)
    return p.item(), p.grad.tolist()
"""
    space = space_of(source, TRAIN.double_sources, ["train"])
    space.use({"sgd": "right"}, {})
    assert (-0.5, left) == space.names["train"]()


def trained(w, b, X, y, lr, num_epochs, batch_size):
    """What is seen of a right loop that steps by means of batches, in the order of the data."""
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    for _ in range(num_epochs):
        for rows in torch.arange(len(X)).split(batch_size):
            w.grad = b.grad = None
            ((X[rows] @ w + b - y[rows].reshape(-1, 1)) ** 2 / 2).mean().backward()
            with torch.no_grad():
                w -= lr * w.grad
                b -= lr * b.grad
    return SimpleNamespace(
        w=w.detach(), b=b.detach(), losses=[], then=[], changed=[], unable=[]
    )


def test_rounding_in_large_batches_costs_nothing():
    """The errors of equal numbers have one sign, so they add up to more than those of other
    examples.
    """

    def ends(run, order):
        return [descent(*run, order, true_length) for true_length in (False, True)]

    for case in drawing.draw(sized(1200, 600, column=False), 12, 0):
        order = case.pop("order")
        run = Run(**case)
        demand_any_order(trained, ends, trained(*run), run, order, False)


def test_batches_in_the_order_of_the_data_need_no_hint():
    """A sentence says what to do, so the check's hint, on gradients, is not shown."""
    words = "Shuffle all examples. With each batch sorted: the examples keep the order of the data"
    with pytest.raises(Difference, match=words):
        demand_random_order(trained)


def test_what_is_told_as_expected_is_of_the_order_that_the_loop_got():
    """And by batch_size: another end may be nearer, but it is not what the loop should reach."""
    start, far, near = torch.zeros(1, 1), torch.ones(1, 1), torch.full((1, 1), 3.0)
    run = Run(start, start[0], torch.ones(2, 1), torch.ones(2), 0.5, 1, 1)
    got = SimpleNamespace(
        w=torch.full((1, 1), 4.0), b=start[0], losses=[], then=[], changed=[], unable=[]
    )
    ends = [
        End(w.double(), start[0].double(), [0.0], 0.0, [0.0], 0.0)
        for w in (far, near, near)
    ]

    with pytest.raises(Difference, match="expected 1 "):
        compare(got, ends, run, losses=False)


def test_a_second_call_goes_on_where_the_first_ended():
    """By half the rate: w goes from 0 to 1 / 2, and to 3 / 4 of what is left."""
    start, one = torch.zeros(1, 1), torch.ones(1, 1)
    run = Run(start, start[0], one, one, 0.5, 1, 1)
    demand_second(SimpleNamespace(then=[start + 0.5, start[0] + 0.5]), run)
    with pytest.raises(
        Difference,
        match=r"for w after a second call with the same w and b, and lr 0\.25",
    ):
        demand_second(SimpleNamespace(then=[start, start[0] + 0.5]), run)


def test_a_loss_that_float32_cannot_hold_is_not_hidden():
    """The losses before it may be any; w is inf or nan."""
    got = SimpleNamespace(w=torch.full((1, 1), torch.nan), losses=[1.0, torch.nan])
    demand_infinite(got, [1.0, 1e60], True)
    with pytest.raises(
        Difference, match="expected inf or nan for the loss after epoch 2, got 0"
    ):
        demand_infinite(SimpleNamespace(w=got.w, losses=[1.0, 0.0]), [1.0, 1e60], True)


def lines_to_try(of=""):
    """What a student reads of a loop over four examples in one batch."""
    X = torch.arange(4.0).reshape(4, 1)
    seen = Seen({}, {"calls": 1}, of)
    return training_as_lines(
        repr, seen, torch.zeros(1, 1), torch.zeros(1), X, X, 0.5, 1, 4
    )


def test_what_is_to_try_of_a_loop_calls_the_student_s_own_functions():
    """Nothing is defined anew; a second call has half the rate."""
    *given, call = lines_to_try()
    assert ["try_w", "try_b", "try_features", "try_labels"] == [
        line.partition(" = ")[0] for line in given
    ]
    one = "train(try_w, try_b, try_features, try_labels, {}, 1, 4), "
    assert f"{one.format(0.5)}try_w, try_b" == call
    assert (
        f"{one.format(0.5)}{one.format(0.25)}try_w, try_b"
        == lines_to_try(of="again")[-1]
    )


def test_nothing_is_to_try_where_no_line_shows_it():
    """How often data_iter was called, or what a second call changes."""
    assert [[], []] == [lines_to_try(of="passes"), lines_to_try(of="kept")]
