"""Linear regression: the doubles of its parts, and the fair ways to run `train`."""

from types import SimpleNamespace

import pytest
import torch
from warm import space_of

from autograder import exercises
from autograder.authoring import drawing
from autograder.authoring.expect import Difference
from autograder.exercises.linear_regression.train import sized
from autograder.exercises.linear_regression.train_descent import (
    Run,
    demand_infinite,
    demand_second,
    descent,
)
from autograder.exercises.linear_regression.train_own_batches import (
    demand_any_order,
)

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
