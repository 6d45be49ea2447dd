"""A class: `Linear(num_inputs, num_outputs)`, a layer whose instances give X W + b."""

import torch
from torch import nn

from autograder import Exercise, tensors

from . import probes

linear = Exercise("Linear")


@linear.answer
class right(nn.Module):
    def __init__(self, num_inputs, num_outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_inputs, num_outputs) * 0.01)
        self.bias = nn.Parameter(torch.zeros(num_outputs))

    def forward(self, X):
        return X @ self.weight + self.bias


linear.contract(
    given=tensors(X="n d", weight="d q", bias="q"),
    points={"value": 3, "inputs_unchanged": 1},
    use=linear.probe(probes.with_parameters),
)
linear.mistake(
    "forgets_the_bias",
    "You forgot to add the bias.",
    fails=["value", "inputs_unchanged"],
).replace(" + self.bias", "")
