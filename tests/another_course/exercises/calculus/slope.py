"""`slope(f, x)`: a function that takes a function."""

import numpy as np
import torch

from autograder.authoring import Exercise, Tensor, expect, tensors

slope = Exercise("slope", order=1)
STEP = 1e-3


@slope.answer
def right(f, x):
    return (f(x + STEP) - f(x - STEP)) / (2 * STEP)


def parabola(x):
    return 3 * x * x


@slope.probe(reply=Tensor)
def of_a_parabola(f, x):
    """The student's slope of a function that is ours."""
    return f(parabola, x)


@slope.probe(reply=Tensor)
def of_a_line(f, x):
    return f(lambda x: 2 * x + 1, x)


@slope.check(
    points=2,
    given=tensors(x="n", dtype=np.float64),
    hint="How much does f change between x - h and x + h, and by what is that divided?",
)
def is_that_of_a_parabola(slope, x):
    """gives 6x for 3x²"""
    expect.within(of_a_parabola(slope, x), 6 * x, 1e-6, "the slope")


@slope.check(
    points=1,
    given=tensors(x="n", dtype=np.float64),
    hint="A line is as steep everywhere.",
)
def is_that_of_a_line(slope, x):
    """gives 2 for 2x + 1"""
    expect.within(of_a_line(slope, x), torch.full_like(x, 2), 1e-6, "the slope")


def change(f, x):
    return f(x + STEP) - f(x - STEP)


@slope.mistake(
    fails=[is_that_of_a_parabola, is_that_of_a_line], says="You do not divide by how far you went."
)
def does_not_divide(f, x):
    return change(f, x)


slope.sample(ben=does_not_divide)
