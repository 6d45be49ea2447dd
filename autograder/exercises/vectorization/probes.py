"""What a worker does with a student's `vector_add`, besides calling it."""

import mmap
import time

import torch
from torch.utils._python_dispatch import TorchDispatchMode

PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # what workers may ask for


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


def operations(f, a, b):
    """The value, and how many tensor operations the call took."""
    with Counting() as count:
        value = f(a, b)
    return {"value": value, "ops": count.ops}


def numbers(shape, dtype, number):
    """Two tensors of these random numbers; dtype by its name."""
    rng, kind = torch.Generator().manual_seed(number), getattr(torch, dtype)
    options = {"generator": rng, "dtype": kind}
    if kind.is_floating_point:
        return torch.rand(shape, **options), torch.rand(shape, **options)
    bounds = -(2**40), 2**40, shape
    return torch.randint(*bounds, **options), torch.randint(*bounds, **options)


def clock(f, shape, dtype, number):
    """The value, CPU seconds of the call, and of a sum beside it.

    That sum is written into memory which the system must clear first, as it must for any further
    tensor of the call: on some machines it takes ten times as long as adding.
    """
    a, b = numbers(shape, dtype, number)
    read, plain = time.thread_time, []
    for _ in range(3):
        memory = mmap.mmap(-1, a.nbytes, PRIVATE)
        new = torch.frombuffer(memory, dtype=a.dtype).view(a.shape)
        start = read()
        torch.add(a, b, out=new)
        plain.append(read() - start)
    start = read()
    value = f(a, b)
    return {"value": value, "seconds": read() - start, "plain": min(plain)}
