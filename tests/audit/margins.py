"""Tolerances beside the smallest fault that a check must show: errors allowed in cases of
trainings.
"""

import math

import torch

from autograder import exercises
from autograder.exercises.linear_regression.end_to_end import (
    RATE,
    least_squares,
)
from autograder.exercises.linear_regression.train_descent import (
    descent,
    distance,
)
from autograder.judging import cases
from autograder.settings import Settings

SEEDS = 30  # whose cases are looked at
NARROW = 0.1  # of the smallest fault: the largest error that a check may allow


def of_convergence(case):
    """Return the error allowed, and how far off a loop is that divides its steps twice by
    batch_size.
    """
    n, d = case["features"].shape
    order = [
        [*range(i, i + case["batch_size"])]
        for i in range(0, n, case["batch_size"])
    ]
    start = torch.zeros(d, 1), torch.zeros(1)
    end = descent(
        *start,
        **case,
        lr=RATE / case["batch_size"],
        order=order,
        true_length=False,
    )
    best = least_squares(case["features"], case["labels"])
    return 0.02, max(distance(end.w, best[0]), distance(end.b, best[1]))


def margin(case):
    """The error allowed in w and b, and how far off they are at least in a loop that errs once.

    It leaves out the last step, or halves the rate after the first epoch.
    """
    orders = [case["order"]] * case["num_epochs"]
    end = descent(**case, true_length=False)
    if end.diverges:
        return 0.0, math.inf
    wrong = [
        descent(
            **case, true_length=False, orders=[*orders[:-1], orders[-1][:-1]]
        )
    ]
    if len(orders) > 1:
        first = descent(**case | {"num_epochs": 1}, true_length=False)
        later = case | {
            "w": first.w,
            "b": first.b,
            "lr": case["lr"] / 2,
            "num_epochs": len(orders) - 1,
        }
        wrong.append(descent(**later, true_length=False))
    return end.error, min(
        max(distance(fault.w, end.w), distance(fault.b, end.b))
        for fault in wrong
    )


# For a case of these checks, the error that the check allows, and the smallest difference
# that it must show.
MARGINS = {
    "train.takes_a_step": margin,
    "train.takes_a_step_for_each_batch": margin,
    "train.trains_for_all_epochs": margin,
    "end_to_end.converges": of_convergence,
}


def too_wide(assignment, seeds=SEEDS):
    """Yield each case of an edge, and the narrowest drawn ones, that allow too much of the
    smallest fault.
    """
    for exercise in exercises.load(assignment):
        for check in exercise.checks:
            name = f"{exercise.name}.{check.name}"
            if name not in MARGINS:
                continue
            for seed in range(Settings().seed, Settings().seed + seeds):
                (group,) = cases.cases_of(assignment, seed).groups(check)
                shares = [_share(*MARGINS[name](case)) for case in group]
                count = len(check.edge_cases)
                for number, share in enumerate(
                    [*shares[:count], min(shares[count:])], 1
                ):
                    if share >= NARROW:
                        place = f"{name}, case {number} of seed {seed}"
                        yield f"{place}: allows {share:.2g} of the smallest fault."


def _share(allowed, fault):
    return allowed / fault if fault else 1.0
