"""Known mistakes in `sgd`, and who of the sample class writes it in another way.

What each costs: a wrong factor costs the claim on lr and batch_size; a step that leads elsewhere costs those
on the moves.  Where nothing moves or nothing comes but an error, nothing shows that any of it is right.
"""

from __future__ import annotations

import torch

from autograder.exercises.linear_regression.sgd import (
    keeps_the_parameters,
    moves_a_parameter,
    moves_every_parameter,
    sgd,
    starts_each_call_afresh,
    uses_lr_and_batch_size,
)

ALL = [
    moves_a_parameter,
    moves_every_parameter,
    keeps_the_parameters,
    uses_lr_and_batch_size,
    starts_each_call_afresh,
]
OTHERS = [m for m in ALL if m is not moves_a_parameter]  # which have several parameters
FACTOR = [uses_lr_and_batch_size]
ELSEWHERE = [moves_a_parameter, moves_every_parameter]

VELOCITY = {}  # stays from call to call, in a worker


@sgd.mistake(
    fails=ALL,
    says="No parameter moves. `param = param - ...` would only bind a new tensor to the name, and what you "
    "return is lost: the caller's own tensors must change.",
)
def moves_nothing(params, lr, batch_size):
    for p in params:
        p = p - lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    says="No parameter moves, but the gradients are emptied. Either a new tensor gets the step "
    "(`param = param - ...`), or the gradient is set to zero before it is used.",
)
def moves_nothing_and_zeroes(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p.grad.zero_()
            p -= lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    says="zero_() is called on None. A tensor made by `param = param - ...` has no gradient: the caller's "
    "own tensors must change.",
)
def zeroes_none(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p = p - lr * p.grad / batch_size
            p.grad.zero_()


@sgd.mistake(
    fails=ALL,
    says="A number is multiplied by None. Only the tensors in params have a gradient: do you read w and b of "
    "the notebook, or the .grad of a copy or of .data?",
)
def multiplies_by_none(params, lr, batch_size):
    for p in params:
        p.data -= lr * p.data.grad / batch_size


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
    fails=OTHERS,
    costs=[moves_every_parameter],
    says="Only the first parameter moves: does a return stand inside the loop, or is there no loop?",
)
def moves_only_the_first(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
            return


@sgd.mistake(
    fails=OTHERS,
    costs=[moves_every_parameter],
    says="Only the last parameter moves: does the update stand after the loop?",
)
def moves_only_the_last(params, lr, batch_size):
    for p in params:
        step = lr * p.grad / batch_size
    with torch.no_grad():
        p -= step


@sgd.mistake(
    fails=[moves_a_parameter, moves_every_parameter, keeps_the_parameters],
    costs=[moves_every_parameter],
    says="params is taken apart into two; it may hold any number of parameters.",
)
def unpacks_two_parameters(params, lr, batch_size):
    w, b = params
    with torch.no_grad():
        w -= lr * w.grad / batch_size
        b -= lr * b.grad / batch_size


@sgd.mistake(
    fails=[keeps_the_parameters],
    says="Your step is right, but a next one no longer reaches the parameters. They do not require gradients "
    "any more, or other tensors stand in the list.",
)
def cuts_the_parameters_off(params, lr, batch_size):
    for p in params:
        p.requires_grad_(False)
        p -= lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    costs=FACTOR,
    says="You do not divide by batch_size; the gradient is a sum over the batch.",
)
def does_not_divide(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad


@sgd.mistake(fails=ALL, costs=FACTOR, says="You divide by batch_size twice.")
def divides_twice(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr / batch_size * p.grad / batch_size


@sgd.mistake(fails=ALL, costs=FACTOR, says="You multiply by batch_size; the step must be divided by it.")
def multiplies_by_batch_size(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad * batch_size


@sgd.mistake(
    fails=ALL,
    costs=FACTOR,
    says="lr and batch_size play each other's part: in your formula, or in the order of the parameters.",
)
def swaps_lr_and_batch_size(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= batch_size * p.grad / lr


@sgd.mistake(
    fails=ALL,
    costs=FACTOR,
    says="You divide by 10 whatever batch_size is: a number written in, or a variable from outside?",
)
def always_divides_by_ten(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / 10


@sgd.mistake(
    fails=ALL,
    costs=FACTOR,
    says="You step with 0.03 whatever lr is: a number written in, or a variable from outside?",
)
def always_steps_by_the_same_rate(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= 0.03 * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    costs=FACTOR,
    says="You divide by the length of each gradient, which has nothing to do with batch_size.",
)
def divides_by_the_length_of_the_gradient(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / len(p.grad)


@sgd.mistake(
    fails=ALL,
    costs=FACTOR,
    says="You divide by the number of parameters, which has nothing to do with batch_size.",
)
def divides_by_the_number_of_parameters(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / len(params)


@sgd.mistake(
    fails=ALL,
    costs=[moves_a_parameter],
    says="Every parameter moves twice as far as it should: is the step taken twice?",
)
def steps_twice(params, lr, batch_size):
    with torch.no_grad():
        for _ in range(2):
            for p in params:
                p -= lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    costs=[moves_a_parameter],
    says="Every step is rounded down to a whole number: is there a `//`, which cuts the fraction off?",
)
def cuts_the_fraction_off(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad // batch_size


@sgd.mistake(fails=ALL, costs=ELSEWHERE, says="You add the gradient, which climbs; subtract it to descend.")
def ascends(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p += lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    costs=ELSEWHERE,
    says="All elements of a parameter move by the mean of its gradient; each has a gradient of its own.",
)
def averages_the_gradient(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad.mean() / batch_size


@sgd.mistake(
    fails=ALL,
    costs=ELSEWHERE,
    says="Only the sign of the gradient counts; a parameter should move further where the slope is steeper.",
)
def uses_only_the_sign(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad.sign() / batch_size


@sgd.mistake(
    fails=ALL,
    costs=ELSEWHERE,
    says="The parameter becomes the step itself, and its old value is lost: did you write `=-` for `-=`?",
)
def puts_the_step_in_its_place(params, lr, batch_size):
    for p in params:
        p.data = -lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    costs=ELSEWHERE,
    says="Each parameter becomes lr * gradient / batch_size itself, and its old value is lost. `-=` "
    "subtracts already: is there a `param -= param - ...`?",
)
def subtracts_the_new_value(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p -= p - lr * p.grad / batch_size


@sgd.mistake(
    fails=ALL,
    costs=[starts_each_call_afresh],
    says="Gradients of earlier calls count as well (a momentum of 0.9): a step rests on the present one "
    "alone.",
)
def keeps_a_velocity(params, lr, batch_size):
    with torch.no_grad():
        for i, p in enumerate(params):
            v = 0.9 * VELOCITY.get((i, p.shape), 0) + p.grad / batch_size
            VELOCITY[i, p.shape] = v
            p -= lr * v


@sgd.mistake(
    fails=[uses_lr_and_batch_size, starts_each_call_afresh],
    costs=[starts_each_call_afresh],
    says="A parameter's earlier gradients count as well (a momentum of 0.9): a step rests on the present one "
    "alone.",
)
def keeps_a_velocity_for_each(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            VELOCITY[p] = 0.9 * VELOCITY.get(p, 0) + p.grad / batch_size
            p -= lr * VELOCITY[p]


def moves_the_data(params, lr, batch_size):
    for p in params:
        p.data.sub_(lr * p.grad / batch_size)
        p.grad.zero_()


sgd.sample(bertha=moves_the_data, fatima=moves_nothing, george=does_not_divide, lena=records_the_step)
