"""Known mistakes in `sgd`, and students of the sample class who make some.

A wrong factor costs the claim on lr and batch_size; a step in a wrong direction costs those on the moves.  If
nothing moves, or there is only an error, nothing is shown to be right, and all claims are lost.
"""

from functools import partial

import torch

from autograder.exercises.linear_regression.sgd import sgd

ALL = [check.name for check in sgd.checks]
OTHERS = ALL[1:]  # which have several parameters

mistake = sgd.mistake
moves_nothing = partial(mistake, fails=ALL)
moves_some = partial(mistake, fails=OTHERS, costs=["moves_every_parameter"])
wrong_factor = partial(mistake, fails=ALL, costs=["uses_lr_and_batch_size"])
wrong_size = partial(mistake, fails=ALL, costs=["moves_a_parameter"])
leads_elsewhere = partial(mistake, fails=ALL, costs=["moves_a_parameter", "moves_every_parameter"])

LOOP, STEP = "for p in params:", "p -= lr * p.grad / batch_size"  # of the right answer
NEXT = "\n            "  # a line more in its loop

unmoved = moves_nothing(
    "moves_nothing",
    "No parameter moves. Most often the step goes into a new tensor (`param = param - ...`, or one that is "
    "returned), or the gradient is zeroed before the step. Change the caller's own tensors.",
).replace("p -=", "p = p -")
moves_nothing(
    "zeroes_none",
    "You call zero_() on None. A tensor made by `param = param - ...` has no gradient. Change "
    "the caller's own tensors.",
).replace(STEP, f"p = p - lr * p.grad / batch_size{NEXT}p.grad.zero_()")
moves_nothing(
    "multiplies_by_none",
    "You multiply a number by None. Only the tensors in params have a gradient. Do you read w "
    "and b of the notebook, or the .grad of a copy or of .data?",
).replace("p.grad", "p.data.grad")
moves_nothing(
    "replaces_in_the_list",
    "You put new tensors into the list, so the caller's own w and b do not change.",
).replace(
    LOOP,
    "for i, p in enumerate(params):",
    STEP,
    "params[i] = (p - lr * p.grad / batch_size).requires_grad_()",
)

moves_some(
    "moves_only_the_first",
    "Only the first parameter moves. Is a return inside the loop, or is the loop missing?",
).replace(STEP, f"{STEP}{NEXT}return")
moves_some("moves_only_the_last", "Only the last parameter moves. Is the update after the loop?").replace(
    LOOP, f"{LOOP}{NEXT}pass", f"    {STEP}", STEP
)


@sgd.mistake(
    fails=["moves_a_parameter", "moves_every_parameter", "keeps_the_parameters"],
    costs=["moves_every_parameter"],
    says="You unpack params into two. It can hold any number of parameters.",
)
def unpacks_two_parameters(params, lr, batch_size):
    w, b = params
    with torch.no_grad():
        w -= lr * w.grad / batch_size
        b -= lr * b.grad / batch_size


mistake(
    "cuts_the_parameters_off",
    "Your step is right, but the next one no longer reaches the parameters. Either they no "
    "longer require gradients, or the list holds other tensors.",
    fails=["keeps_the_parameters"],
).replace(STEP, f"p.requires_grad_(False){NEXT}{STEP}")

undivided = wrong_factor(
    "does_not_divide", "You do not divide by batch_size. The gradient is a sum over the batch."
).replace(" / batch_size", "")
wrong_factor("divides_twice", "You divide by batch_size twice.").replace("lr *", "lr / batch_size *")
wrong_factor("multiplies_by_batch_size", "You multiply by batch_size. Divide the step by it.").replace(
    "/ batch_size", "* batch_size"
)
wrong_factor(
    "swaps_lr_and_batch_size",
    "lr and batch_size are swapped, in your formula or in the order of the parameters.",
).replace(STEP, "p -= batch_size * p.grad / lr")
wrong_factor(
    "always_divides_by_ten",
    "You divide by 10, whatever batch_size is. Is 10 hard-coded, or a variable from outside?",
).replace("/ batch_size", "/ 10")
wrong_factor(
    "always_steps_by_the_same_rate",
    "You use a step of 0.03, whatever lr is. Is 0.03 hard-coded, or a variable from outside?",
).replace("lr *", "0.03 *")
wrong_factor(
    "divides_by_the_length_of_the_gradient",
    "You divide by the length of each gradient. Divide by batch_size.",
).replace("/ batch_size", "/ len(p.grad)")
wrong_factor(
    "divides_by_the_number_of_parameters",
    "You divide by the number of parameters. Divide by batch_size.",
).replace("/ batch_size", "/ len(params)")
wrong_size(
    "steps_twice", "Every parameter moves twice as far as it should. Do you take the step twice?"
).replace(LOOP, "for p in 2 * list(params):")
wrong_size(
    "cuts_the_fraction_off",
    "Every step is rounded down to a whole number. Do you use `//`, which cuts off the fraction?",
).replace("/ batch_size", "// batch_size")

leads_elsewhere("ascends", "You add the gradient, which goes uphill. Subtract it.").replace("-=", "+=")
leads_elsewhere(
    "averages_the_gradient",
    "All elements of a parameter move by the mean of its gradient. Each element has its own gradient.",
).replace("p.grad", "p.grad.mean()")
leads_elsewhere(
    "uses_only_the_sign",
    "You use only the sign of the gradient. A parameter should move further where the slope is steeper.",
).replace("p.grad", "p.grad.sign()")
leads_elsewhere(
    "puts_the_step_in_its_place",
    "The parameter becomes the step itself, and its old value is lost. Did you write `=-` instead of `-=`?",
).replace("p -= lr", "p.data = -lr")

leads_elsewhere(
    "subtracts_the_new_value",
    "Each parameter becomes lr * gradient / batch_size itself, and its old value is lost. "
    "`-=` already subtracts. Did you write `param -= param - ...`?",
).replace("p -=", "p -= p -")

VELOCITY = {}  # stays from call to call, in a worker


@sgd.mistake(
    fails=ALL,
    costs=["starts_each_call_afresh"],
    says="Gradients of earlier calls count too (a momentum of 0.9). A step must use only the "
    "current gradient.",
)
def keeps_a_velocity(params, lr, batch_size):
    with torch.no_grad():
        for i, p in enumerate(params):
            v = 0.9 * VELOCITY.get((i, p.shape), 0) + p.grad / batch_size
            VELOCITY[i, p.shape] = v
            p -= lr * v


@sgd.mistake(
    fails=["uses_lr_and_batch_size", "starts_each_call_afresh"],
    costs=["starts_each_call_afresh"],
    says="Earlier gradients of a parameter count too (a momentum of 0.9). A step must use only the "
    "current gradient.",
)
def keeps_a_velocity_for_each(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            VELOCITY[p] = 0.9 * VELOCITY.get(p, 0) + p.grad / batch_size
            p -= lr * VELOCITY[p]


sgd.sample(fatima=unmoved, george=undivided)
