"""What a worker can do with a student's function besides calling it.

Runs beside student code, so its words prove nothing: the judge compares values with its own.  A
probe gets the submission's names, the function's name and one case's arguments.
"""

from __future__ import annotations

import itertools
import random
import time

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.sandbox.loading import Space


def seed(number: int) -> None:
    """Seed all generators that students use: the same code gives the same batches in every run."""
    random.seed(number)
    np.random.seed(number)
    torch.default_generator.manual_seed(number)  # torch.manual_seed visits every device as well


def call(space: Space, name, *args):
    """The function's value."""
    return space[name](*args)


def and_inputs(space: Space, name, *args):
    """The value, and the inputs as the call left them."""
    return {"value": space[name](*args), "inputs": list(args)}


def gradients(space: Space, name, args, of, cotangent):
    """The value, and the gradients of the arguments at the positions `of` for this cotangent.

    A value of another shape than the cotangent's, or without a history, has no gradients.
    """
    for i in of:
        args[i].requires_grad_()
    value = space[name](*args)
    if isinstance(value, torch.Tensor) and value.requires_grad:
        if value.shape == cotangent.shape:
            value.backward(cotangent)
        elif value.numel() == cotangent.numel():
            value.backward(cotangent.reshape(value.shape))
    return {"value": value, "grads": [args[i].grad for i in of]}


def steps(space: Space, name, values, grads, settings, thorough):
    """The parameters after each of some `sgd` steps, and whether they still are what they were.

    values: one tensor per parameter; grads: for each step one tensor per parameter; settings: for
    each step (lr, batch_size); thorough: look at the parameters' role as well.
    """
    params = [v.requires_grad_() for v in values]
    given, seen = list(params), []
    for step_grads, (lr, batch_size) in zip(grads, settings):
        for p, g in zip(params, step_grads):
            p.grad = g
        space[name](given, lr, batch_size)
        seen.append([p.detach().clone() for p in params])
    if not thorough:
        return {"after": seen}
    emptied = all(p.grad is None or not p.grad.any() for p in params)
    same = len(given) == len(params) and all(a is b for a, b in zip(given, params))
    leaf = [p.is_leaf and p.requires_grad for p in params]
    return {"after": seen, "same": same, "leaf": leaf, "again": _reached(params), "emptied": emptied}


def _reached(params):
    """Whether backward() still reaches each parameter: the gradient of the sum of 3p is 3."""
    for p in params:
        p.grad = None
    sums = [p.sum() for p in params if p.requires_grad]
    if sums:
        torch.autograd.backward(sums, [torch.tensor(3.0)] * len(sums))
    return [p.grad is not None and bool((p.grad == 3).all()) for p in params]


def passes(space: Space, name, batch_size, features, labels, count, number):
    """`count` passes over the data, each cut off after more batches than a right one has.

    Where all batches are pairs of tensors that fit together, a pass is {"sizes", "X", "y"} with the
    batches' rows put together; elsewhere the list of what came.
    """
    seed(number)
    limit = -(-features.shape[0] // batch_size) + 2
    result = []
    for _ in range(count):
        batches = itertools.islice(iter(space[name](batch_size, features, labels)), limit)
        result.append(_one_pass([_kept(batch) for batch in batches]))
    return {"passes": result, "features": features, "labels": labels}


def _kept(batch):
    """The batch as it is now: some loops write the next one into the same memory."""
    if isinstance(batch, tuple | list):
        return [t.detach().clone() if isinstance(t, torch.Tensor) else t for t in batch[:3]]
    return batch


def _one_pass(batches):
    if not all(type(b) is list and len(b) == 2 for b in batches) or not batches:
        return batches
    X, y = zip(*batches)
    for part in (X, y):
        if not all(isinstance(t, torch.Tensor) and t.dim() for t in part):
            return batches
        first = part[0].dtype, part[0].shape[1:]
        if any((t.dtype, t.shape[1:]) != first for t in part[1:]):
            return batches
    sizes = [t.shape[0] for t in X]
    if sizes != [t.shape[0] for t in y]:
        return batches
    return {"sizes": sizes, "X": torch.cat(X), "y": torch.cat(y)}


def trained(space: Space, name, parts, batches, w, b, features, labels, lr, num_epochs, batch_size):
    """Run a training loop; `parts` says for each part whose it is: "right", "own" or "replay".

    With data_iter "replay", each pass gives these batches, (X, y) each.
    """
    w.requires_grad_(), b.requires_grad_()
    asked = space.use(parts, batches, 2 * features.shape[0] + 10)
    returned = space[name](w, b, features, labels, lr, num_epochs, batch_size)
    return {"w": w, "b": b, "passes": len(asked), "losses": _numbers(returned, num_epochs)}


def _numbers(returned, count):
    """Floats where the value holds numbers in any form; else the value itself."""
    try:
        return [float(x) for x in itertools.islice(iter(returned), count + 2)]
    except (TypeError, ValueError, RuntimeError):
        return returned


class _Count(TorchDispatchMode):
    ops = 0

    @classmethod
    def _should_skip_dynamo(cls):
        """No: to skip it, torch would import its compiler, which takes most of a second."""
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.ops += 1
        return func(*args, **kwargs or {})


def operations(space: Space, name, *args):
    """The value, and how many tensor operations the call took."""
    with _Count() as count:
        value = space[name](*args)
    return {"value": value, "ops": count.ops}


def clock(space: Space, name, n, repeat, device="cpu"):
    """CPU seconds (wall seconds on another device) of the best call and the best `a + b`, in turns.

    Ends early, after one call at least, when half a second has gone.
    """
    a = torch.arange(n, dtype=torch.float32, device=device)
    b = a.flip(0)
    read = time.thread_time if device == "cpu" else time.perf_counter
    wait = getattr(torch, device.split(":")[0]).synchronize if device != "cpu" else lambda: None
    theirs, plain, value, end = [], [], None, read() + 0.5
    for _ in range(repeat):
        theirs_a = a.clone()  # a function that writes into it must not spoil the next round
        wait()
        start = read()
        torch.add(a, b)
        wait()
        middle = read()
        value = space[name](theirs_a, b)
        wait()
        plain.append(middle - start)
        theirs.append(read() - middle)
        if read() > end:
            break
    return {"value": value, "seconds": min(theirs), "plain": min(plain)}


BY_NAME = {
    probe.__name__: probe
    for probe in (call, and_inputs, gradients, steps, passes, trained, operations, clock)
}


def warm_up() -> None:
    """Run each probe once, so that lazy imports and caches fill in the zygote."""
    column, flat = torch.ones(3, 1), torch.ones(3)
    space = Space()
    space["f"] = torch.add
    gradients(space, "f", [column.clone(), flat.clone()], [0, 1], torch.ones(3, 3))
    and_inputs(space, "f", column, column)
    operations(space, "f", column, column)
    clock(space, "f", 3, 1)
    space["f"] = lambda params, lr, batch_size: None
    steps(space, "f", [column.clone()], [[column]], [(0.5, 1)], True)
    space["f"] = lambda batch_size, features, labels: [(features, labels)]
    passes(space, "f", 3, column, flat, 1, 0)
