"""`softmax(X)`: each row's exponentials, divided by their sum."""

import torch

from autograder import Exercise, tensors

softmax = Exercise("softmax")


@softmax.answer
def right(X):
    e = torch.exp(X - X.max(1, keepdim=True).values)
    return e / e.sum(1, keepdim=True)


ALL = ["value", "inputs_unchanged", "float64", "gradients"]
softmax.contract(
    given=tensors(X="n q"),
    points={"value": 2, "inputs_unchanged": 1, "float64": 1, "gradients": 1},
)
softmax.mistake(
    "sums_over_all",
    "You divide by the sum over all rows, not by that of each row.",
    fails=ALL,
).replace("e.sum(1, keepdim=True)", "e.sum()")
softmax.mistake(
    "sums_over_columns",
    "You sum over the rows (dim 0): each column sums to 1.",
    fails=ALL,
).replace("e.sum(1, keepdim=True)", "e.sum(0, keepdim=True)")
softmax.mistake(
    "does_not_divide", "You do not divide by the sum.", fails=ALL
).replace("e / e.sum(1, keepdim=True)", "e")
