"""`train(x, lr, num_steps)`: named as an exercise of the kit's own, and called with its part lent."""

import numpy as np
from autograder.exercises.calculus.slope import slope
from hypothesis import strategies as st

from autograder.authoring import Exercise, expect, tensors

train = Exercise("train", order=2, parts=[slope])


def square(x):
    return x * x


@train.answer
def right(x, lr, num_steps):
    for _ in range(num_steps):
        x = x - lr * slope(square, x)
    return x


@train.check(
    points=3,
    given=tensors(
        x="n", dtype=np.float64, also={"lr": st.sampled_from([0.25, 0.125]), "num_steps": st.integers(1, 4)}
    ),
    hint="Each step goes against the slope where it starts.",
)
def goes_down(train, x, lr, num_steps):
    """goes down the parabola x² by so many steps"""
    expect.within(train(x, lr, num_steps), x * (1 - 2 * lr) ** num_steps, 1e-6, "x")


@train.mistake(fails=[goes_down], says="You go up: subtract the slope.")
def goes_up(x, lr, num_steps):
    for _ in range(num_steps):
        x = x + lr * slope(square, x)
    return x


train.sample(cleo=goes_up)
