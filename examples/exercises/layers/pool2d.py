"""A default argument: `pool2d(X, size, mode="max")`, the largest number of each window, or its
mean.
"""

from hypothesis import strategies as st

from autograder import Exercise, tensors

pool2d = Exercise("pool2d")


@pool2d.answer
def right(X, size, mode="max"):
    windows = X.unfold(0, size, 1).unfold(1, size, 1)
    return windows.amax((2, 3)) if mode == "max" else windows.mean((2, 3))


pool2d.contract(  # some of the cases leave out `mode`
    given=tensors(
        X="h>=3 w>=3",
        also={
            "size": st.integers(1, 3),
            "mode": st.sampled_from(["max", "avg"]),
        },
    ),
    points={"value": 3, "inputs_unchanged": 1},
)
pool2d.mistake(
    "means_by_default",
    'You take the mean where no mode is given: the stub says "max".',
    fails=["value"],
).replace('mode="max"', 'mode="avg"')
