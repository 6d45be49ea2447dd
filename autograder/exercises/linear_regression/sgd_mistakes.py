"""Known mistakes in `sgd`, and students of the sample class who make some."""

from functools import partial

from .sgd import sgd

ALL = [check.name for check in sgd.checks]
OTHERS = ALL[1:]  # which have several parameters

mistake = sgd.mistake
moves_nothing = partial(mistake, fails=ALL)
moves_some = partial(mistake, fails=OTHERS)
wrong_factor = partial(mistake, fails=ALL)

LOOP, STEP = "for p in params:", "p -= lr * p.grad / batch_size"  # of the right answer
NEXT = "\n            "  # a line more in its loop

moves_nothing(
    "moves_nothing",
    "No parameter moves. Most often the step goes into a new tensor (`param = param "
    "- ...`, or one that is "
    "returned), or the gradient is zeroed before the step. Change the caller's own tensors.",
).replace("p -=", "p = p -")
moves_nothing(
    "multiplies_by_none",
    "You multiply a number by None. Only the tensors in params have a gradient. Do you read w "
    "and b of the notebook, or the .grad of a copy or of .data?",
).replace("p.grad", "p.data.grad")
moves_nothing(
    "takes_the_list_for_a_tensor",
    "params is a list of tensors, and a list has no gradient. Go through the list, and move each "
    "tensor in it.",
).replace(
    f"{LOOP}\n            {STEP}",
    STEP.replace("p.", "params.").replace("p -", "params -"),
)
moves_nothing(
    "replaces_in_the_list",
    "You put new tensors into the list, so the caller's own w and b do not change.",
).replace(
    *(LOOP, "for i, p in enumerate(params):"),
    *(STEP, "params[i] = (p - lr * p.grad / batch_size).requires_grad_()"),
)

moves_some(
    "moves_only_the_first",
    "Only the first parameter moves. Is a return inside the loop, or is the loop missing?",
).replace(STEP, f"{STEP}{NEXT}return")
moves_some(
    "moves_only_the_last",
    "Only the last parameter moves. Is the update after the loop?",
).replace(LOOP, f"{LOOP}{NEXT}pass", f"    {STEP}", STEP)
mistake(
    "unpacks_two_parameters",
    "You unpack params into two. It can hold any number of parameters.",
    fails=ALL[:3],
).replace(LOOP, f"w, b = params\n        {LOOP}")
mistake(
    "cuts_the_parameters_off",
    "Your step is right, but the next backward() no longer reaches the parameters. Either they no "
    "longer require gradients, or the list holds other tensors.",
    fails=["keeps_the_parameters"],
).replace(STEP, f"p.requires_grad_(False){NEXT}{STEP}")

wrong_factor(
    "does_not_divide",
    "The step is not divided by batch_size. The gradient is a sum over the batch.",
).replace(" / batch_size", "")
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

mistake(
    "keeps_a_velocity",
    "Gradients of earlier calls count too (a momentum of 0.9). A step must use only "
    "the current gradient.",
    fails=ALL,
).replace(
    *("batch_size):", "batch_size, old={}):"),
    *(LOOP, "for i, p in enumerate(params):"),
    *(
        "p -= lr * p.grad / batch",
        "v = 0.9 * old.get((i, p.shape), 0) + p.grad / batch",
    ),
    *("_size\n", f"_size{NEXT}old[i, p.shape] = v{NEXT}p -= lr * v\n"),
)
