"""The difference between two values, in words: each message once, and no tolerance that hides
one.
"""

from functools import partial

import numpy as np
import pytest
import torch

from autograder.authoring import contract, expect, values
from autograder.authoring.expect import Difference
from autograder.wire import Other, Raised

NAN, INF = float("nan"), float("inf")
ONE = torch.ones(2)


def message(function, *args, **kwargs) -> str:
    """What a student would read; "" where there is no difference."""
    try:
        function(*args, **kwargs)
    except Difference as error:
        return str(error)
    return ""


CHANGED = "X was changed. Make a new tensor instead."
TWO = torch.tensor([[1.0], [2.0]])
SAID = [  # a comparison -> what a student reads
    # What is no tensor is named, in place of a comparison that would raise.
    ((expect.close, None, ONE), "expected a tensor, got None"),
    ((expect.close, 1.5, ONE, "w"), "expected a tensor for w, got the number 1.5"),
    ((expect.within, "a", ONE, 0.1, "w"), "expected a tensor for w, got a str"),
    ((expect.close, Other("Linear"), ONE), "expected a tensor, got a Linear"),
    (
        (expect.close, Raised("ValueError", "no"), ONE),
        "expected a tensor, got ValueError",
    ),
    # Broadcasting makes a wrong shape look right, so that it is looked at first; then comes
    # the dtype.
    (
        (expect.close, torch.ones(2, 2), torch.ones(2, 1)),
        "expected shape (2, 1), got (2, 2)",
    ),
    ((expect.close, ONE.double(), ONE), "expected dtype float32, got float64"),
    ((expect.close, torch.tensor([1.0, 2.5]), ONE), "expected 1 at [1], got 2.5"),
    (
        (expect.close, torch.tensor([[1.0, 1.0], [1.0, 7.0]]), torch.ones(2, 2)),
        "expected 1 at [1, 1], got 7",
    ),
    (
        (expect.close, torch.tensor([True]), torch.tensor([False])),
        "expected False at [0], got True",
    ),
    (
        (expect.close, torch.tensor([1 / 3]), torch.tensor([2 / 3])),
        "expected 0.666667 at [0], got 0.333333",
    ),
    # Infinities and whole numbers are equal or not, however large the terms are.
    (
        (expect.close, torch.tensor([INF]), torch.tensor([1.0]), "", 1e30),
        "expected 1 at [0], got inf",
    ),
    (
        (expect.close, torch.tensor([1.0]), torch.tensor([INF]), "", 1e30),
        "expected inf at [0], got 1",
    ),
    ((expect.close, torch.tensor([INF]), torch.tensor([INF]), "", 1e30), ""),
    (
        (expect.close, torch.tensor([5]), torch.tensor([4]), "", 1e30),
        "expected 4 at [0], got 5",
    ),
    # At the error that it states `within` passes, and a float64 parameter is as near.
    ((expect.within, TWO + 0.25, TWO, 0.25, "w"), ""),
    (
        (expect.within, torch.tensor([[1.0], [2.5]]), TWO, 0.25, "w"),
        "expected 2 for w, got 2.5",
    ),
    (
        (expect.within, torch.ones(2), TWO, 9.0, "w"),
        "expected shape (2, 1) for w, got (2,)",
    ),
    ((expect.within, ONE.double(), ONE, 0.0, "w"), ""),
    # A gradient that was cut off is said first.
    ((expect.gradient, None, ONE, "w"), "no gradient reaches w"),
    ((expect.gradient, ONE, ONE, "w"), ""),
    (
        (expect.gradient, 2 * ONE, ONE, "w"),
        "expected 1 for the gradient of w at [0], got 2",
    ),
    # An input is unchanged only to the bit: shape, dtype and every value.
    ((expect.unchanged, torch.ones(2), ONE, "X"), ""),
    ((expect.unchanged, torch.tensor([1.0, 1.0 + 2**-23]), ONE, "X"), CHANGED),
    ((expect.unchanged, torch.ones(2, 1), ONE, "X"), CHANGED),
    ((expect.unchanged, torch.tensor([1.0, NAN]), ONE, "X"), CHANGED),
    # A number is Python's own or a tensor of one element, as a loss is, up to rounding.
    ((expect.number, torch.tensor([0.1 + 3e-8]), 0.1), ""),
    (
        (expect.number, torch.tensor(0.1 + 1e-9).double(), 0.1),
        "expected 0.1, got 0.100000001",
    ),
    ((expect.number, 0.2, 0.1), "expected 0.1, got 0.2"),
    ((expect.number, torch.ones(2), 0.1), "expected shape (), got (2,)"),
    ((expect.number, None, 0.1), "expected a number, got None"),
    # A truth value is Python's own or torch's, and nothing that only equals it.
    ((values.same, True, True), ""),
    ((values.same, torch.tensor(True), True), ""),
    ((values.same, torch.tensor([1.0]), True), "expected True, got a Tensor"),
    ((values.same, 1, True), "expected True, got the number 1"),
    ((values.same, False, True), "expected True, got False"),
]


@pytest.mark.parametrize(
    ("call", "words"), SAID, ids=lambda x: x if isinstance(x, str) else x[0].__name__
)
def test_each_difference_has_its_words(call, words):
    """And where there is none, nothing is said."""
    assert words == message(*call)


@pytest.mark.parametrize("want", [0.0, 1e30, NAN])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nan_is_never_close(want, dtype):
    """Not even to itself: no right answer is nan."""
    got, right = torch.tensor([NAN], dtype=dtype), torch.tensor([want], dtype=dtype)
    assert message(expect.close, got, right, terms=1e30).endswith("got nan")
    assert message(expect.within, got, right, 1e9, "w").endswith("got nan")


@pytest.mark.parametrize(("dtype", "eps"), expect.EPS.items(), ids=str)
def test_the_error_allowed_is_32_eps_of_the_terms(dtype, eps):
    """Of the result at least; of the terms, where large ones cancel."""

    def differs(want, error, terms):
        want = torch.tensor([want], dtype=dtype)
        return message(expect.close, want + error, want, terms=terms) != ""

    assert [False, True] == [differs(1.0, k * eps, 0.0) for k in (31, 34)]
    assert [False, True] == [differs(0.0, k * eps, 8.0) for k in (31 * 8, 33 * 8)]
    assert [False, True] == [differs(0.0, error, 0.0) for error in (0.0, 1e-20)]


def test_an_infinite_element_allows_the_others_no_error():
    """As of log(0): the right answer passes, and each other element must still be right."""
    errors = contract._errors(torch.log, torch.tensor([0.0, 2.0]))
    want = torch.tensor([0.0, 2.0]).log()
    assert "" == message(values.same, want, want, errors)
    assert "expected 0.693147 at [1], got 7" == message(
        values.same, torch.tensor([-INF, 7.0]), want, errors
    )


def test_a_number_may_be_added_up_in_float32():
    """From many terms of both signs; but a function that jumps where two inputs are equal
    allows no error.
    """
    rng = np.random.default_rng(0)
    errors = partial(contract._errors, lambda x: x.sum().item())
    for x in map(torch.from_numpy, rng.standard_normal((100, 1500), np.float32)):
        assert "" == message(
            values.same, x.numpy().cumsum()[-1].item(), x.sum().item(), errors(x)
        )
        assert message(values.same, x[1:].sum().item(), x.sum().item(), errors(x))
    ties = partial(contract._errors, lambda x: (x.argmax(1) == 0).sum().item() / len(x))
    assert 0 == ties(torch.ones(9, 2))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor([[0.0], [-0.5]]), "[[0.], [-0.5]]"),
        (torch.tensor([10.0, 0.05, 1.0]), "[10., 0.05, 1.]"),
        (torch.tensor([1.5, 2.0]).double(), "[1.5, 2.] (float64)"),
        (torch.zeros(5, 5), "a tensor of shape (5, 5)"),
    ],
    ids=lambda x: str(x)[:30],
)
def test_inputs_are_shown_as_a_student_writes_them(value, text):
    """Short enough for a line or two."""
    assert text == str(expect.shown(value))


def test_a_name_for_the_returned_value_changes_no_cause():
    """A gradient's check names it, and still fails for the same reason as a check of the value."""
    with pytest.raises(
        Difference, match="expected 1 for the returned value at"
    ) as found:
        expect.close(2 * ONE, ONE, expect.RETURNED)
    assert "" == found.value.of
