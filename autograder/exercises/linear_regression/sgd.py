"""`sgd(params, lr, batch_size)`: one step of minibatch stochastic gradient descent, in place."""

import numpy as np
import torch
from hypothesis import strategies as st

from autograder.authoring import (
    N_,
    Exercise,
    StudentError,
    expect,
    phrase,
    tensors,
)
from autograder.exercises.inputs import seeded

from . import lines, parts, probes

sgd = Exercise(
    "sgd",
    hints={
        "value": N_(
            "p moves by -lr * p.grad / batch_size, in place (`-=`), under torch.no_grad()."
        ),
        "unmoved": N_(
            "The caller keeps the tensors of the list. Do you change those, or make new ones?"
        ),
    },
)

RATES = st.sampled_from([0.5, 0.125, 1.0, 0.03, 0.1, 2.0])
SIZES = st.sampled_from([2, 3, 10, 5, 8, 16])
SETTING = {"lr": RATES, "batch_size": SIZES}
# Each run uses all of these rates, because only they show a rate that is rounded or bounded.
EXACT = [
    {"lr": st.just(lr), "batch_size": st.just(size)}
    for lr, size in {
        12.3456: 3,
        27.1828: 7,
        123.4: 200,
        1 / 1024: 1234,
        8.125: 4321,
    }.items()
]
# In float64, only rates and sizes that float32 can hold: `torch.tensor(lr) / batch_size` is
# right too.
DYADIC = {
    "lr": st.sampled_from([0.5, 0.125, 1.0, 2.0]),
    "batch_size": st.sampled_from([2, 4, 16]),
}
TINY, NONE = DYADIC | {"lr": st.just(2.0**-16)}, DYADIC | {"lr": st.just(0.0)}


@sgd.answer
def right(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size


sgd.as_part(adapted=parts.leaves_gradients_as_own_does)


def belong(reply, values, grads, settings, further):
    """Whether there is something for each parameter at each step."""
    seen = [*reply["after"], *([reply["then"]] if further else [])]
    return len(reply["after"]) == len(settings) and {len(values)} == {*map(len, seen)}


steps = sgd.probe(
    probes.steps,
    reply={
        "after": [[(None, torch.Tensor)]],
        "then": [(None, torch.Tensor)],
        "touched": [int],
    },
    agrees=belong,
    lines=lines.steps,
)


def compare_steps(sgd, params, grads, settings, names, further=False):
    """Demands that all parameters move by -lr * grad / batch_size at each step.

    Returns what was seen, and where they must be.
    """
    got = steps(sgd, params, grads, settings, further)
    at = list(params)
    sizes = [0.0] * len(params)
    for step, (lr, batch_size) in enumerate(settings):
        after = ""
        if len(settings) > 1:
            after = phrase(" after step {step}", step=step + 1)
        for i, name in enumerate(names):
            now = got.after[step][i]
            before = at[i]
            move = lr * grads[step][i] / batch_size
            at[i] = before - move
            is_unmoved = isinstance(now, torch.Tensor) and now.equal(before)
            if is_unmoved and move.any():
                words = N_("{name} did not move{after}, expected {expected}")
                values = {"name": name, "expected": expect.shown(at[i])}
                expect.that(False, words, "unmoved", after=after, **values)
            # Four roundings a step, of numbers up to the largest so far: 20 eps of it in
            # five steps.
            sizes[i] = max(sizes[i], float(before.abs().max() + move.abs().max()))
            what = phrase("{name}{after}", name=name, after=after)
            expect.close(now, at[i], what, terms=sizes[i])
    return got, at


def with_infinite(case):
    """A gradient as of a training that diverges: a step that leaves it out would hide that."""
    return case | {"grad": torch.cat([torch.full((1,), torch.inf), case["grad"][1:]])}


@sgd.check(
    points=3,
    cases=62,
    given=tensors(p="n", grad="n", also=SETTING),
    edge_cases=[
        seeded(p="9", grad="9", also=NONE),
        seeded(p="3000", grad="3000", also=SETTING),
        seeded(p="9", grad="9", largest=1000, by=1.0, also=SETTING),
        seeded(p="9", grad="9", largest=1000, by=1024.0, also=SETTING),
        seeded(p="9", grad="9", also=SETTING).map(with_infinite),
        seeded(p="9", grad="9", by=1 / 1024, also=SETTING),
        seeded(p="9", grad="9", by=2.0**-20, also=SETTING),
        seeded(p="9", grad="9", by=1 / 3, also=SETTING),
        # float32 has no thirds.
        seeded(p="9", grad="9", by=1 / 3, dtype=np.float64, also=DYADIC),
        seeded(p="9", grad="9", by=1 / 3, dtype=np.float64, also=TINY),
        *[seeded(p="9", grad="9", also=setting) for setting in EXACT],
    ],
    rare=1,
)
def moves_a_parameter(sgd, p, grad, lr, batch_size):
    """moves a parameter by -lr * grad / batch_size, in place"""
    try:
        compare_steps(sgd, [p], [[grad]], [(lr, batch_size)], ["p"])
    except StudentError:
        if lr and grad.isfinite().all():  # it may refuse others
            raise


SEVERAL = {
    "w": "10 1",
    "b": "1",
    "v": "2 3 2",
    "u": "4",
    "s": "2 2",
    "t": "2 1 2 2",
    "r": "50 60",
    "q": "1",
    "o": "3 1",
}


def with_grads(shapes):
    """The axes of parameters, and the same of their gradients."""
    return shapes | {f"{name}_grad": axes for name, axes in shapes.items()}


def from_zero(case):
    """Parameters of equal shapes and values, as they often start."""
    starts = [name for name in case if f"{name}_grad" in case]
    return case | {name: torch.zeros_like(case[name]) for name in starts}


@sgd.check(
    points=1,
    cases=92,
    given=tensors(
        w="d 1",
        b="1",
        v="m d",
        w_grad="d 1",
        b_grad="1",
        v_grad="m d",
        also=SETTING,
        largest=4,
    ),
    edge_cases=[
        seeded(
            **with_grads({"w": "10 1", "c": "", "b": "1", "v": "3 2"}), also=SETTING
        ),
        seeded(**with_grads(SEVERAL), also=SETTING),
        seeded(
            **with_grads({"w": "2 1", "v": "2 1", "b": "1", "c": "1"}), also=SETTING
        ).map(from_zero),
        seeded(**with_grads(SEVERAL), by=1 / 3, dtype=np.float64, also=DYADIC),
    ],
    rare=1,
)
def moves_every_parameter(sgd, lr, batch_size, **tensors):
    """moves every parameter, for any number and any shapes"""
    one_step(sgd, lr, batch_size, tensors)


def one_step(sgd, lr, batch_size, tensors):
    """Compares one step; then of each parameter its name, where it is, must be, and is after
    one step more, and its gradient.
    """
    names = [name for name in tensors if not name.endswith("_grad")]
    params = [tensors[name] for name in names]
    grads = [tensors[f"{name}_grad"] for name in names]
    setting = lr, batch_size
    try:
        got, at = compare_steps(sgd, params, [grads], [setting], names, further=True)
    except StudentError as error:
        # `param[:] = ...` and `range(len(param))` are right in the chapter, which has no
        # 0-d parameter.
        is_of_axes = error.raised.error in ("IndexError", "TypeError")
        if is_of_axes and not all(p.dim() for p in params):
            return ()
        raise
    return zip(names, got.after[-1], at, got.then, grads)


@sgd.check(
    points=1,
    same_cases_as=[moves_every_parameter],
)
def keeps_the_parameters(sgd, lr, batch_size, **tensors):
    """keeps the same tensors in the list, so that backward() still reaches them"""
    words = N_(
        "backward() and a step no longer change {name}. Does the list still hold the "
        "same leaf tensor, and does it still require gradients?"
    )
    for name, now, before, then, grad in one_step(sgd, lr, batch_size, tensors):
        move = grad + 1
        is_left = isinstance(then, torch.Tensor) and then.equal(now) and move.any()
        expect.that(not is_left, words, name=name)
        what = phrase("{name} after another step", name=name)
        size = float(before.abs().max() + move.abs().max())
        expect.close(then, before - move, what, terms=size)


STEPS = range(1, 6)
MORE_STEPS = {f"g{step}": "3 1" for step in STEPS} | {f"h{step}": "1" for step in STEPS}
CHANGING = {
    "lrs": st.permutations([0.5, 0.25, 1.0, 0.125, 2.0]),
    "sizes": st.permutations([1, 2, 4, 10, 3]),
}


@sgd.check(
    points=1,
    cases=75,
    given=tensors(
        w="d 1", b="1", g1="d 1", h1="1", g2="d 1", h2="1", also=CHANGING, largest=4
    ),
    edge_cases=[seeded(w="3 1", b="1", **MORE_STEPS, also=CHANGING)],
)
def starts_each_call_afresh(sgd, w, b, lrs, sizes, **grads):
    """takes each further step with that call's gradient, lr and batch_size alone"""
    of_w = [grads[name] for name in grads if name[0] == "g"]
    of_b = [grads[name] for name in grads if name[0] == "h"]
    names = ["w", "b"]
    gradients = [*map(list, zip(of_w, of_b))]
    settings = [*zip(lrs, sizes)][: len(gradients)]
    got, _ = compare_steps(sgd, [w, b], gradients, settings, names)
    words = N_(
        "{name}.grad was changed. Keep it or set it to zero, because backward() adds to it."
    )
    if got.touched:
        name = names[got.touched[0] % 2]
        expect.that(False, words, f"{name}.grad changed", name=name)
