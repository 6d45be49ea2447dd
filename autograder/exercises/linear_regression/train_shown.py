"""The figure for a student who fails a check of `train`: the losses beside the right ones."""

import math

import numpy as np
import torch

from autograder.authoring import Figure, Line, phrase

from .parts import recorded
from .train import RIGHT_PARTS, train, trained
from .train_descent import (
    Run,
    descent,
    distance,
    own_loss,
)

EPOCHS = 6


@train.figure
def loss_curve(train):
    """The loss of w and b after each epoch, and the one that is returned, beside the right one."""
    drawn = torch.Generator().manual_seed(1)
    features = torch.randn(18, 2, generator=drawn)
    noise = 0.1 * torch.randn(18, generator=drawn)
    labels = features @ torch.tensor([2.0, -3.4]) + 4.2 + noise
    order = [[*range(i, min(i + 5, 18))] for i in range(0, 18, 5)]
    w, b = torch.zeros(2, 1), torch.zeros(1)
    run = Run(w, b, features, labels, 0.2, EPOCHS, 5)
    loop = train.with_parts(RIGHT_PARTS, data_iter=recorded(order, features, labels))
    reached, returned = [], []
    for epochs in range(1, EPOCHS + 1):
        got = trained(loop, *run._replace(num_epochs=epochs))
        is_kept = distance(got.w, w) < math.inf and distance(got.b, b) < math.inf
        reached.append(own_loss(got, run)[0] if is_kept else math.inf)
        if type(got.losses) is list and all(
            type(x) in (int, float) for x in got.losses
        ):
            returned = got.losses
    ways = [descent(*run, order, true_length).losses for true_length in (False, True)]
    right = next((way for way in ways if alike(reached, way)), ways[0])
    curves = [(phrase("the right loss"), right)]
    if not alike(reached, right):
        curves.append((phrase("the loss of your w and b"), reached))
    if returned and not alike(returned, reached):
        curves.append((phrase("the loss that you return"), returned))
    lines = [Line.shown(name, enumerate(losses, 1)) for name, losses in curves]
    lines = [line for line in lines if line.points]
    if len(lines) < 2:
        return None
    values = []
    ends = ""
    for line in lines:
        values += [y for _, y in line.points]
        end = phrase("{name} {loss}", name=line.name, loss=f"{line.points[-1][1]:.3g}")
        ends = phrase("{first}; {second}", first=ends, second=end) if ends else end
    return Figure(
        title=phrase("The loss after each epoch"),
        says=phrase(
            "Mean loss of {n} examples after each of {epochs} epochs. At the end: {ends}.",
            n=len(features),
            epochs=EPOCHS,
            ends=ends,
        ),
        x=phrase("after epoch"),
        y=phrase("mean loss"),
        log="y" if 0 < 100 * min(values) < max(values) else "",
        lines=tuple(lines),
    )


def alike(losses, right):
    return len(losses) == len(right) and np.allclose(losses, right, 1e-3, 1e-5)
