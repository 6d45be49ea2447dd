"""What a worker does with a student's `vector_add`, besides calling it."""

import sys
import time

import torch
from torch.utils._python_dispatch import TorchDispatchMode


def in_one_memory(f, a, b):
    """Sums of slices of one memory, and what is left of the memory when they are written to."""
    memory = torch.stack([a, b], -1).flatten()
    zero = torch.zeros_like(memory)
    halves = memory[::2], memory[1::2]
    try:
        apart = f(*halves)
    except Exception:  # a right answer may use `view`, which refuses such slices
        apart = f(*(half.contiguous() for half in halves))
    sums = {
        "vector_add(x, x)": f(memory, memory),
        "vector_add(x[:-1], x[1:])": f(memory[:-1], memory[1:]),
        "vector_add(x[::2], x[1::2])": apart,
    }
    f(memory, zero).add_(1)
    f(zero, memory).add_(1)
    changed = "x after vector_add(x, 0 * x).add_(1) and vector_add(0 * x, x).add_(1)"
    return {**sums, changed: memory}


class Counting(TorchDispatchMode):
    """Counts the tensor operations that run in it."""

    ops = 0

    @classmethod
    def _should_skip_dynamo(cls):
        """No: to skip it, torch would import its compiler, which takes most of a second."""
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.ops += 1
        return func(*args, **kwargs or {})


def steps(f, a, b):
    """How many tensor operations a call takes, and how often the student's own code repeats.

    It repeats in each round of a loop, also of one on a single line, and where a function is
    called again.
    """
    repeats, called = 0, set()

    def trace(frame, event, arg):
        nonlocal repeats
        code = frame.f_code
        if not code.co_filename.startswith(("<cell", "<file")):
            return None
        repeats += code in called
        called.add(code)
        place = frame.f_lasti

        def trace_lines(frame, event, arg):
            nonlocal repeats, place
            if event == "line":
                repeats += frame.f_lasti <= place  # it jumped back
                place = frame.f_lasti
            return trace_lines

        return trace_lines

    before = sys.gettrace()
    with Counting() as count:
        sys.settrace(trace)
        try:
            f(a, b)
        finally:
            sys.settrace(before)
    return {"ops": count.ops, "repeats": repeats}


def numbers(shape, dtype, number):
    """Two tensors of these random numbers; dtype by its name."""
    rng, kind = torch.Generator().manual_seed(number), getattr(torch, dtype)
    options = {"generator": rng, "dtype": kind}
    if kind.is_floating_point:
        return torch.rand(shape, **options), torch.rand(shape, **options)
    bounds = -(2**40), 2**40, shape
    return torch.randint(*bounds, **options), torch.randint(*bounds, **options)


def measure(f, shape, dtype, number):
    """The value of a call, its CPU seconds, and the steps of another call with equal numbers."""
    a, b = numbers(shape, dtype, number)
    others = a.clone(), b.clone()  # whose sum no cache has yet
    read = time.thread_time
    start = read()
    value = f(a, b)
    seconds = read() - start
    return {"value": value, "seconds": seconds, **steps(f, *others)}
