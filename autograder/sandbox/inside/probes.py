"""Probes: what a worker can do with any function besides calling it, and how it loads an
exercise's own.

Runs beside student code, so its replies prove nothing: the judge compares values with its
own.  A probe gets the student's function and the arguments of one case.
"""

import inspect
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from autograder.sandbox.inside import watch
from autograder.sandbox.inside.loading import defined


def seed(number: int) -> None:
    """Seed all generators that students use: the same code gives the same batches in every run."""
    watch.SEEDED.number, watch.SEEDED.times = number, watch.SEEDED.times + 1
    random.seed(number)
    np.random.seed(number)
    torch.default_generator.manual_seed(
        number
    )  # torch.manual_seed visits every device as well


def call(f: Callable, *args: Any) -> Any:
    """Return the function's value."""
    return f(*args)


def and_inputs(f: Callable, *args: Any) -> dict[str, Any]:
    """Return the value, and the inputs as the call left them."""
    return {"value": f(*args), "inputs": list(args)}


def after_change(f: Callable, args: list, new: list) -> dict[str, Any]:
    """Return the value and the inputs of a second call with the same tensors, after their
    numbers change.

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


def without_recording(f: Callable, args: list, of: list[int]) -> Any:
    """Return the value under no_grad, as where a loss is measured in a training."""
    for i in of:
        args[i].requires_grad_()
    with torch.no_grad():
        return f(*args)


def gradients(
    f: Callable, args: list, of: list[int], cotangent: torch.Tensor
) -> dict[str, Any]:
    """Return the value, the inputs, and the gradients at positions `of`; None for what does
    not fit.
    """
    for i in of:
        args[i].requires_grad_()
    value = f(*args)
    if (
        isinstance(value, torch.Tensor)
        and value.requires_grad
        and value.numel() == cotangent.numel()
    ):
        # As value.backward(cotangent), for which torch would import its algebra: a tenth of
        # a start.
        with torch.enable_grad():  # which the function may have left off
            total = (value * cotangent.reshape(value.shape)).sum()
        total.backward()
    return {"value": value, "inputs": args, "grads": [args[i].grad for i in of]}


@dataclass(frozen=True)
class Ready:
    """A probe that can run."""

    run: Callable
    wants_log: bool = False  # it gets the logs of recorded doubles
    names: tuple[str, ...] = ()  # of its other arguments

    def __call__(self, f: Callable, log: dict[str, list], args: list) -> Any:
        return self.run(f, log, *args) if self.wants_log else self.run(f, *args)


def load(codes: Mapping[str, str]) -> dict[str, Ready]:
    """Return the probes by key: those for any function, and the exercises' own (`compiled`)."""
    found = {
        probe.__name__: Ready(probe)
        for probe in (call, and_inputs, after_change, without_recording, gradients)
    }
    for key, code in codes.items():
        probe = defined(code, "probe")
        parameters = list(inspect.signature(probe).parameters)
        wants_log = parameters[1:2] == ["log"]
        found[key] = Ready(probe, wants_log, tuple(parameters[1 + wants_log :]))
    return found
