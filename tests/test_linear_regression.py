"""Linear regression: the doubles of its parts, and the fair ways to run `train`."""

import pytest
import torch
from warm import space_of

from autograder import exercises
from autograder.exercises.linear_regression.data_iter_doubles import recorded

(TRAIN,) = [one for one in exercises.of("linear_regression") if one.name == "train"]


def trained(source: str, roles: dict, **recordings):
    """What the submission's train gives with these doubles."""
    space = space_of(source, TRAIN.double_sources, ["train"])
    space.use(roles, recordings)
    return space["train"]()


ORDER = [[2, 0], [1]]
DATA = "import torch\nX, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([10.0, 20.0, 30.0])\n"
RECORDED = recorded(ORDER, torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([10.0, 20.0, 30.0]))


@pytest.mark.parametrize(
    ("loop", "batches"),
    [
        ("[(a, b) for a, b in data_iter(2, X, y)]", [[3, 1], [2]]),
        ("list(data_iter(batch_size=2, features=X, labels=y))", [[3, 1], [2]]),
        ("[batch for i, batch in enumerate(data_iter(1, X, y))]", [[3], [1], [2]]),
        ("list(data_iter(3, 10 * X, 10 * y))", [[30, 10, 20]]),
    ],
)
def test_a_replay_gives_what_it_was_called_with_in_its_order(loop, batches):
    """However the loop reads them: other data come as other batches, and another size cuts them otherwise."""
    source = f"{DATA}def data_iter(*a, **k): return 'own'\ndef train(): return {loop}"
    got = trained(source, {"data_iter": "recorded"}, data_iter=RECORDED)

    assert batches == [X.flatten().tolist() for X, _ in got]
    assert batches == [[label / 10 for label in y.tolist()] for _, y in got]


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
        ("", [2.0]),
    ],
    ids=["keeps", "none", "fails, would zero", "missing"],
)
def test_a_right_sgd_leaves_the_gradient_as_the_student_s_does(own, left):
    """A loop need not zero what its sgd zeroes; one that fails is read."""
    source = f"""
{own}

def train():
    p = torch.zeros(1, requires_grad=True)
    p.grad = torch.tensor([2.0])
    sgd([p], 0.5, 2)
    return p.item(), p.grad.tolist()
"""
    assert (-0.5, left) == trained(source, {"sgd": "right"})
