"""A value: `relu(X)`, the numbers of X, with 0 for those below 0."""

import torch

from autograder import Exercise, tensors

relu = Exercise("relu")


@relu.answer
def right(X):
    return torch.where(X > 0, X, torch.zeros_like(X))


relu.contract(
    given=tensors(X="n d"),
    points={"value": 2, "inputs_unchanged": 1, "float64": 1},
)
relu.mistake(
    "takes_absolute_values",
    "You drop the minus signs: a number below 0 becomes 0.",
    fails=["value", "inputs_unchanged", "float64"],
).replace("torch.zeros_like(X)", "-X")
