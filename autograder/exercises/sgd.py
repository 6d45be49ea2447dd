"""`sgd(params, lr, batch_size)`: one step of minibatch stochastic gradient descent, in place."""

from __future__ import annotations

import torch
from hypothesis import strategies as st

from autograder import expect
from autograder.checks import Exercise
from autograder.strategies import tensors

sgd = Exercise("sgd", assignment="linear_regression", order=4)

RATES = st.sampled_from([0.5, 0.125, 1.0, 0.03, 0.1, 2.0])
SIZES = st.sampled_from([2, 3, 10, 5, 8, 16])
SETTING = {"lr": RATES, "batch_size": SIZES}


@sgd.answer
def right(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size


def demand(sgd, params, grads, settings, names, thorough=False):
    """Every parameter moves by -lr * grad / batch_size at every step."""
    got, at = sgd.steps(params, grads, settings, thorough), list(params)
    for step, (lr, batch_size) in enumerate(settings):
        after = "" if len(settings) == 1 else f" after step {step + 1}"
        for i, name in enumerate(names):
            before, move = at[i], lr * grads[step][i] / batch_size
            at[i] = before - move
            unmoved = got.after[step][i]
            if isinstance(unmoved, torch.Tensor) and unmoved.equal(before) and move.any():
                expect.that(False, f"{name} did not move{after}, expected {expect.shown(at[i])}")
            size = float(before.abs().max() + move.abs().max())
            expect.close(got.after[step][i], at[i], f"{name}{after}", terms=size)
    return got


@sgd.check(
    points=1,
    given=tensors(p="n", grad="n", also=SETTING),
    hint="p moves by -lr * p.grad / batch_size, in place (`-=`), under torch.no_grad().",
)
def moves_a_parameter(sgd, p, grad, lr, batch_size):
    """moves a parameter by -lr * grad / batch_size, in place"""
    demand(sgd, [p], [[grad]], [(lr, batch_size)], ["p"])


def moved_or_emptied(cases):
    """The answers; whether gradients were emptied is worth a look only where nothing moved."""
    answers = [a for case in cases for a in case if type(a) is dict]
    # Parameters are drawn as multiples of 1/4: in 100 cases, a step leaves others.
    moved = any((4 * t % 1 != 0).any() for a in answers for step in a["after"] for t in step)
    emptied = bool(answers) and not moved and all(a["emptied"] for a in answers)
    kept = [
        [{k: v for k, v in a.items() if k != "emptied"} if type(a) is dict else a for a in case]
        for case in cases
    ]
    return [kept, emptied]


@sgd.check(
    points=1,
    given=tensors(w="d 1", b="1", v="m d", w_grad="d 1", b_grad="1", v_grad="m d", also=SETTING, largest=4),
    hint="params is a list: does your loop reach each of them, whatever its shape?",
    view=moved_or_emptied,
)
def moves_every_parameter(sgd, w, b, v, w_grad, b_grad, v_grad, lr, batch_size):
    """moves every parameter, whatever their number and shapes"""
    grads, names = [w_grad, b_grad, v_grad], ["w", "b", "v"]
    demand(sgd, [w, b, v], [grads], [(lr, batch_size)], names, thorough=True)


@sgd.check(
    points=2,
    like=[moves_every_parameter],
    hint="The caller keeps its own w and b. Do you change those tensors, or make new ones?",
    view=moved_or_emptied,
)
def keeps_the_parameters(sgd, w, b, v, w_grad, b_grad, v_grad, lr, batch_size):
    """leaves the same parameters in the list, which backward() still reaches"""
    grads, names = [w_grad, b_grad, v_grad], ["w", "b", "v"]
    got = demand(sgd, [w, b, v], [grads], [(lr, batch_size)], names, thorough=True)
    expect.that(got.same, "the tensors in params were replaced by others")
    for name, leaf, again in zip(names, got.leaf, got.again):
        expect.that(leaf, f"{name} is no longer a leaf tensor that requires a gradient")
        expect.that(again, f"backward() no longer reaches {name}")


@sgd.check(
    points=1,
    given=tensors(
        w="d 1",
        b="1",
        w_grad="d 1",
        b_grad="1",
        largest=4,
        also={"lrs": st.permutations([0.5, 0.25, 1.0]), "sizes": st.permutations([1, 2, 4, 10])},
    ),
    hint="lr and batch_size may be others at each call: use what is given, each in its place.",
)
def uses_lr_and_batch_size(sgd, w, b, w_grad, b_grad, lrs, sizes):
    """uses the lr and the batch_size that it is given, at each call"""
    settings = list(zip(lrs[:2], sizes))
    demand(sgd, [w, b], [[w_grad, b_grad]] * 2, settings, ["w", "b"])


@sgd.check(
    points=1,
    given=tensors(w="d 1", b="1", g1="d 1", h1="1", g2="d 1", h2="1", also=SETTING, largest=4),
    hint="Does anything stay behind from one call to the next, such as an older gradient?",
)
def starts_each_call_afresh(sgd, w, b, g1, h1, g2, h2, lr, batch_size):
    """takes a second step by the second gradient alone"""
    settings = [(lr, batch_size)] * 2
    demand(sgd, [w, b], [[g1, h1], [g2, h2]], settings, ["w", "b"])


ALL = [
    moves_a_parameter,
    moves_every_parameter,
    keeps_the_parameters,
    uses_lr_and_batch_size,
    starts_each_call_afresh,
]


@sgd.mistake(
    fails=ALL,
    says="No parameter moves. `param = param - ...` would only bind a new tensor to the name: the "
    "caller's parameter stays as it was.",
)
def rebinds(params, lr, batch_size):
    for p in params:
        p = p - lr * p.grad / batch_size


@sgd.mistake(fails=ALL, says="You do not divide by batch_size; the gradient is a sum over the batch.")
def does_not_divide(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad


@sgd.mistake(fails=ALL, says="You add the gradient, which climbs; subtract it to descend.")
def ascends(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p += lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    says="You change a leaf tensor in place while autograd records it; do it under torch.no_grad().",
)
def records_the_step(params, lr, batch_size):
    for p in params:
        p -= lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    says="You put new tensors into the list; the caller's own w and b stay as they were.",
)
def replaces_in_the_list(params, lr, batch_size):
    for i in range(len(params)):
        params[i] = (params[i] - lr * params[i].grad / batch_size).detach().requires_grad_()


@sgd.mistake(
    fails=[m for m in ALL if m is not moves_a_parameter],
    says="You change only the first parameter: a return stands inside the loop, or there is no loop.",
)
def moves_only_the_first(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            return


@sgd.mistake(
    fails=[keeps_the_parameters],
    says="Your parameters no longer require gradients after the step.",
)
def stops_requiring_gradients(params, lr, batch_size):
    for p in params:
        p.requires_grad_(False)
        p -= lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    says="You set the gradient to zero before you use it, so nothing moves.",
)
def zeroes_first(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p.grad.zero_()
            p -= lr * p.grad / batch_size


@sgd.mistake(fails=ALL, says="You divide by batch_size twice.")
def divides_twice(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr / batch_size * p.grad / batch_size
