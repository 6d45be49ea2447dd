"""Self-checks for softmax_regression: what you can see of the grading, runnable at any time.

In the notebook, each test cell calls `check`. In a terminal, run `pytest` in this folder:
it tests the functions in `softmax_regression.py` if you made such a file, else those in
`softmax_regression.ipynb`. The grader checks more than you see here, and in the same
spirit.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # for pytest --import-mode=importlib
try:  # first of all, since it says what else is missing
    from selfcheck import (
        Wrong,
        agree,
        classes,
        entry_points,
        probabilities,
        say,
        show,
        tensors,
        visible,
    )
except ModuleNotFoundError:
    import pytest

    error = pytest.fail.Exception(
        "Put the assignment's selfcheck.py beside test_softmax_regression.py.",
        pytrace=False,
    )
    error._render_traceback_ = lambda: [str(error)]  # for Jupyter
    raise error from None
import torch

# --- softmax ------------------------------------------------------------------------------------


@visible(tensors(X="n q"))
def gives_rows_that_sum_to_one(softmax, X):
    """gives positive numbers of the shape of X, whose rows sum to 1"""
    got = softmax(X)
    agree(got.sum(1), torch.ones(len(X)), "each row's sum")
    if got.shape != X.shape or not (got > 0).all():
        raise Wrong(say("expected {label}a tensor, got {got}", label="", got=show(got)))


# --- net ----------------------------------------------------------------------------------------


@visible(tensors(X="n d", W="d q", b="q"))
def gives_probabilities(net, X, W, b):
    """gives the probabilities of the classes, a row for each example"""
    agree(net(X, W, b), torch.softmax(X @ W + b, dim=1))


# --- cross_entropy ------------------------------------------------------------------------------


@visible(tensors(y_hat=probabilities("n q"), y=classes("n", below="q")))
def is_the_log_of_the_label(cross_entropy, y_hat, y):
    """gives for each example minus the logarithm of its label's probability"""
    wanted = [-row[label].log() for row, label in zip(y_hat, y.tolist())]
    agree(cross_entropy(y_hat, y), torch.stack(wanted))


# --- train --------------------------------------------------------------------------------------


@visible(tensors(X="n d", y=classes("n", below="q"), W="d q", b="q"))
def lowers_the_loss(train, X, y, W, b):
    """gives a mean loss for each epoch, and none is larger than the one before"""
    losses = [
        float(x)
        for x in train(
            W.clone().requires_grad_(), b.clone().requires_grad_(), X / 8, y, 0.05, 3
        )
    ]
    if len(losses) != 3 or losses != sorted(losses, reverse=True):
        raise Wrong(
            say(
                "expected {label}{expected}, got {got}",
                label="",
                expected="3 falling losses",
                got=losses,
            )
        )


PROPERTIES = {
    "softmax": [gives_rows_that_sum_to_one],
    "net": [gives_probabilities],
    "cross_entropy": [is_the_log_of_the_label],
    "train": [lowers_the_loss],
}

check, tests = entry_points(
    __file__,
    PROPERTIES,
    parts={"net": ["softmax"], "train": ["softmax", "net", "cross_entropy"]},
)
globals().update(tests)  # one test per exercise, where pytest looks for them
