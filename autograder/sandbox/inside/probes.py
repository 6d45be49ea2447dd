"""Probes: what a worker can do with any function besides calling it; loads an exercise's own.

Runs beside student code, so its replies prove nothing: the judge compares values with its
own.  A probe gets the student's function and the arguments of one case.
"""

import inspect
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from autograder.sandbox.inside import side_effects
from autograder.sandbox.inside.precompiled import defined


def seed(number: int) -> None:
    """Seed all generators that students use: the same code gives the same batches in every run."""
    side_effects.SEEDED.number = number
    side_effects.SEEDED.times += 1
    random.seed(number)
    np.random.seed(number)
    # torch.manual_seed visits every device as well.
    torch.default_generator.manual_seed(number)


def call(f: Callable, *args: Any) -> Any:
    """Return the function's value."""
    return f(*args)


def and_inputs(f: Callable, *args: Any) -> dict[str, Any]:
    """Return the value, and the inputs as the call left them."""
    return {"value": f(*args), "inputs": list(args)}


def after_change(f: Callable, args: list, new: list) -> dict[str, Any]:
    """Return the value and inputs of a second call with the same tensors and other numbers.

    Some get other memory, and others are written: a copy, or a view, that a call keeps
    holds old numbers.
    """
    f(*args)
    for i, (tensor, numbers) in enumerate(zip(args, new)):
        if i % 2:
            tensor.data = numbers
        else:
            tensor.data.copy_(numbers)
    return and_inputs(f, *args)


def no_grad(f: Callable, args: list, of: list[int]) -> Any:
    """Return the value under no_grad, as where a loss is measured in a training."""
    for i in of:
        args[i].requires_grad_()
    with torch.no_grad():
        return f(*args)


def gradients(
    f: Callable, args: list, of: list[int], cotangent: torch.Tensor
) -> dict[str, Any]:
    """Return the value, the inputs, and the gradients at positions `of`; None where none fits."""
    for i in of:
        args[i].requires_grad_()
    value = f(*args)
    has_gradient = isinstance(value, torch.Tensor) and value.requires_grad
    if has_gradient and value.numel() == cotangent.numel():
        # As value.backward(cotangent), for which torch would import its algebra: a tenth of
        # a start.  The function may have left recording off.
        with torch.enable_grad():
            total = (value * cotangent.reshape(value.shape)).sum()
        total.backward()
    return {"value": value, "inputs": args, "grads": [args[i].grad for i in of]}


@dataclass(frozen=True)
class LoadedProbe:
    """A probe in a worker."""

    run: Callable
    wants_log: bool = False  # it gets the logs of recorded doubles
    names: Sequence[str] = ()  # of its other arguments

    def __call__(
        self, f: Callable, log: dict[str, list], args: Sequence
    ) -> Any:
        return self.run(f, log, *args) if self.wants_log else self.run(f, *args)


def load(codes: Mapping[str, str]) -> dict[str, LoadedProbe]:
    """Return the probes by key: those for any function, and the exercises' own (`compiled`)."""
    probes = {}
    for probe in (call, and_inputs, after_change, no_grad, gradients):
        probes[probe.__name__] = LoadedProbe(probe)
    for key, code in codes.items():
        probe = defined(code, "probe")
        _, *names = inspect.signature(probe).parameters
        wants_log = names[:1] == ["log"]
        probes[key] = LoadedProbe(probe, wants_log, names[wants_log:])
    return probes
