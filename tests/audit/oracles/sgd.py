"""The oracle for steps, written from the stub's docstring, not from the checks."""

import torch
from hypothesis import strategies as st
from oracle import oracle

from autograder.authoring import expect
from autograder.exercises.linear_regression.sgd import sgd, steps

SHAPES = [
    (1,),
    (7,),
    (1, 1),
    (2, 1),
    (10, 1),
    (300, 1),
    (2, 3),
    (2, 3, 2),
    (2, 1, 2, 2),
    (2000,),
]
RATES = [1e-4, 0.03, 0.1, 0.5, 1.0, 8.0, 100.0]
SIZES = [1, 2, 3, 10, 64, 101, 256, 5000]
SCALES = [1e-3, 1.0, 30.0, 1e4]


@st.composite
def problems(draw):
    """Up to eight parameters of drawn shapes, and up to four steps, each with its own lr and
    batch_size.
    """
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=8))
    dtype = draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    rng = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))

    def drawn():
        scale = draw(st.sampled_from(SCALES))
        return [
            torch.randn(shape, generator=rng, dtype=torch.float64).to(dtype)
            * scale
            for shape in shapes
        ]

    count = draw(st.integers(1, 4))
    settings = [
        (draw(st.sampled_from(RATES)), draw(st.sampled_from(SIZES)))
        for _ in range(count)
    ]
    return {
        "values": drawn(),
        "grads": [drawn() for _ in range(count)],
        "settings": settings,
    }


@oracle(sgd, given=problems(), cases=150)
def moves_all_in_place(sgd, values, grads, settings):
    """moves the same leaf tensors by -lr * grad / batch_size at each call, and they can go on
    learning
    """
    got, at = (
        steps(sgd, values, grads, settings, True),
        [v.double() for v in values],
    )
    for step, (lr, batch_size) in enumerate(settings):
        for i, before in enumerate(at):
            move = lr * grads[step][i].double() / batch_size
            at[i] = before - move
            terms = float(before.abs().max() + move.abs().max()) * (step + 1)
            expect.close(
                got.after[step][i], at[i].to(values[i].dtype), terms=terms
            )
    for then, now, grad in zip(
        got.then, got.after[-1], grads[-1]
    ):  # a step by another gradient
        expect.close(
            then,
            now - (grad + 1),
            terms=float(now.abs().max() + grad.abs().max() + 1),
        )
