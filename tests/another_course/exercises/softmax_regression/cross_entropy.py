"""`cross_entropy(y_hat, y)`: minus the logarithm of each example's probability of its own class."""

import torch

from autograder import Exercise, classes, probabilities, tensors

cross_entropy = Exercise("cross_entropy")


@cross_entropy.answer
def right(y_hat, y):
    return -torch.log(y_hat[torch.arange(len(y)), y])


ALL = ["value", "inputs_unchanged", "float64", "gradients"]
cross_entropy.contract(
    given=tensors(y_hat=probabilities("n q"), y=classes("n", below="q")),
    points={"value": 2, "inputs_unchanged": 1, "float64": 1, "gradients": 1},
    close=(1e-2, "an epsilon in the logarithm, against log(0), is right"),
)
cross_entropy.mistake(
    "forgets_the_sign",
    "You forgot the minus: a loss is never negative here.",
    fails=ALL,
).replace("-torch.log", "torch.log")
cross_entropy.mistake(
    "takes_the_mean", "You average: give one loss for each example.", fails=ALL
).replace(
    "-torch.log(y_hat[torch.arange(len(y)), y])",
    "-torch.log(y_hat[torch.arange(len(y)), y]).mean()",
)
