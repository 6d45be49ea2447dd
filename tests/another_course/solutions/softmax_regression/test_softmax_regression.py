"""Self-checks for softmax_regression: what you can see of the grading, runnable at any time.

In the notebook, each test cell calls `check`. In a terminal, run `pytest` in this folder:
it tests the functions in `softmax_regression.py` if you made such a file, else those in
`softmax_regression.ipynb`. The grader checks more than you see here, and in the same
spirit.
"""

import sys
from pathlib import Path

sys.path.append(
    str(Path(__file__).parent)
)  # for pytest --import-mode=importlib
try:  # first of all, since it says what else is missing
    from selfcheck import (
        Wrong,
        agree,
        entry_points,
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
        raise Wrong(
            say("expected {label}a tensor, got {got}", label="", got=show(got))
        )


# --- net ----------------------------------------------------------------------------------------


@visible(tensors(X="n d", W="d q", b="q"))
def gives_probabilities(net, X, W, b):
    """gives the probabilities of the classes, a row for each example"""
    agree(net(X, W, b), torch.softmax(X @ W + b, dim=1))


PROPERTIES = {
    "softmax": [gives_rows_that_sum_to_one],
    "net": [gives_probabilities],
}

check, tests = entry_points(
    __file__,
    PROPERTIES,
    parts={"net": ["softmax"]},
)
globals().update(tests)  # one test per exercise, where pytest looks for them
