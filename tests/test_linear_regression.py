"""Linear regression: the doubles of its parts, and the fair ways to run `train`."""

import pytest
from warm import space_of

from autograder import exercises

(TRAIN,) = [one for one in exercises.of("linear_regression") if one.name == "train"]


LOOP = "    with torch.no_grad():\n        for p in params:\n            p -= lr * p.grad / batch_size\n"


@pytest.mark.parametrize(
    ("own", "left"),
    [
        (f"def sgd(params, lr, batch_size):\n{LOOP}", [2.0]),
        (f"def sgd(params, lr, batch_size):\n{LOOP}            p.grad = None", [0.0]),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n        p.oops\n        p.grad.zero_()",
            [0.0],
        ),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n        p -= lr * p.grad / batch_size",
            [2.0],
        ),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n        p -= 1\n        p.grad *= 0",
            [0.0],
        ),
        ("", [0.0]),
    ],
    ids=["keeps", "none", "fails", "forgets no_grad", "forgets no_grad, zeroes in its own way", "missing"],
)
def test_a_right_sgd_leaves_the_gradient_as_the_student_s_does(own, left):
    """A loop need not zero what its sgd zeroes; nobody knows what one that fails or is missing does."""
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
    assert (-0.5, left) == space["train"]()
