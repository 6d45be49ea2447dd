"""Figures and lines for a student who fails a check of `train`: the losses beside the right ones."""

import math

import torch

from autograder.authoring import Figure, Line, phrase
from autograder.exercises.linear_regression.data_iter import data_iter
from autograder.exercises.linear_regression.data_iter_doubles import recorded
from autograder.exercises.linear_regression.train import RIGHT_PARTS, train, trained
from autograder.exercises.linear_regression.train_descent import descent, distance, own_loss
from autograder.reading.near_names import means

EPOCHS = 6


@train.figure
def loss_curve(train):
    """The loss of w and b after each epoch, and the losses that are returned, beside the right ones."""
    drawn = torch.Generator().manual_seed(1)
    features = torch.randn(18, 2, generator=drawn)
    labels = features @ torch.tensor([2.0, -3.4]) + 4.2 + 0.1 * torch.randn(18, generator=drawn)
    order = [[*range(i, min(i + 5, 18))] for i in range(0, 18, 5)]
    w, b, lr, batch_size = torch.zeros(2, 1), torch.zeros(1), 0.2, 5
    loop = train.with_parts(RIGHT_PARTS, data_iter=recorded(order, features, labels))
    reached, returned = [], []
    for epochs in range(1, EPOCHS + 1):
        got = trained(loop, w, b, features, labels, lr, epochs, batch_size)
        is_kept = distance(got.w, w) < math.inf and distance(got.b, b) < math.inf
        reached.append(own_loss(got, features, labels)[0] if is_kept else math.inf)
        if type(got.losses) is list and all(type(x) in (int, float) for x in got.losses):
            returned = got.losses
    given = w, b, features, labels, lr, EPOCHS, batch_size, order
    ways = [descent(*given, true_length).losses for true_length in (False, True)]
    right = next((way for way in ways if alike(reached, way)), ways[0])
    curves = [(phrase("the right loss"), right)]
    if not alike(reached, right):
        curves.append((phrase("the loss of your w and b"), reached))
    if returned and not alike(returned, reached):
        curves.append((phrase("the loss that you return"), returned))
    lines = [line for name, losses in curves if (line := Line.shown(name, enumerate(losses, 1))).points]
    values = [y for line in lines for _, y in line.points]
    if len(lines) < 2:
        return None
    ends = ""
    for line in lines:
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


def alike(some, others):
    return len(some) == len(others) and all(abs(x - y) <= 1e-3 * abs(y) + 1e-5 for x, y in zip(some, others))


@train.paste(of=[trained])
def training_as_lines(literal, seen, w, b, features, labels, lr, num_epochs, batch_size):
    """w and b, a call, and where it leaves them; several batches come from a data_iter, in their order."""
    is_whole = batch_size >= len(features) or not hasattr(seen.reply, "get")  # or it raised
    if seen.of in ("kept", "learning", "passes", "seed") or not (is_whole or seen.reply["calls"]):
        return []  # no line shows these, nor the same batches again that a loop draws itself
    call = ""
    for rate in (lr, lr / 2) if seen.of == "again" else (lr,):
        setting = ", ".join(map(literal, (rate, num_epochs, batch_size)))
        call += f"train(try_w, try_b, try_features, try_labels, {setting}), "
    call += "try_w, try_b"
    w, b = w.detach().requires_grad_(), b.detach().requires_grad_()
    given = {"w": w, "b": b, "features": features, "labels": labels}
    lines = [f"try_{name} = {literal(value)}" for name, value in given.items()]
    order = seen.recordings["data_iter"]["order"] if "data_iter" in seen.recordings else ()
    if is_whole or len(order) < 2:
        return [*lines, call]
    own = seen.parameters["data_iter"]
    known = [next((name for name in own if means(name, asked)), "") for asked in data_iter.parameters]
    size, X, y = known if len(own) == 3 and all(known) else own
    return [
        *lines,
        f"try_order, try_own = {[row for batch in order for row in batch]}, data_iter",
        f"def data_iter({', '.join(own)}):",
        f"    for try_rows in torch.tensor([i for i in try_order if i < len({X})]).split({size}):",
        f"        yield {X}[try_rows], {y}[try_rows]",
        "try:",
        f"    print({call})",
        "finally:",
        "    data_iter = try_own",
    ]
