"""A case as code: what is pasted makes the same values, and calls the function where that is all it takes."""

from __future__ import annotations

import pytest
import torch

from autograder.authoring import Exercise
from autograder.judging.snippet import LARGEST, snippet


def two(x, y):
    return x + y


ADDS = Exercise("adds", order=1, unseen=("number",))
ADDS.right = two
VALUES = [
    torch.tensor([[0.0], [0.25]]),
    torch.tensor([1, 2]),
    torch.tensor([1.0, 0.1], dtype=torch.float64),
    torch.tensor(True),
    torch.empty(0, 2),
    torch.tensor([1.5], requires_grad=True),
    [torch.tensor([[0.0]]), torch.tensor([1.0])],
    (0.5,),
    [(1.0, 2)],
    3,
    -0.125,
    None,
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_is_pasted_is_the_same_value(value):
    """To the dtype, the shape and the last bit."""
    names = {"torch": torch}
    exec(snippet(ADDS, {"x": value}), names)
    assert type(value) is type(names["x"])
    if isinstance(value, torch.Tensor):
        assert (value.dtype, value.shape) == (names["x"].dtype, names["x"].shape)
        assert value.requires_grad == names["x"].requires_grad
    assert str(value) == str(names["x"])


def test_the_call_follows_where_the_inputs_are_all_that_it_takes():
    """In the order of the function, whatever order was drawn; not where the judge knows more."""
    x, y = torch.tensor([1.0]), torch.tensor([2.0])
    assert "y = torch.tensor([2.])\nx = torch.tensor([1.])\nadds(x, y)" == snippet(ADDS, {"y": y, "x": x})
    assert "x = torch.tensor([1.])" == snippet(ADDS, {"x": x})
    assert "x = 1\ny = 2" == snippet(ADDS, {"x": 1, "y": 2, "number": 7})


@pytest.mark.parametrize(
    "value",
    [torch.zeros(LARGEST + 1), float("nan"), torch.tensor([float("inf")]), object()],
    ids=["large", "nan", "infinite", "object"],
)
def test_what_has_no_short_literal_is_no_code(value):
    """Half of the inputs would be worse than none."""
    assert "" == snippet(ADDS, {"x": 1, "y": value})
