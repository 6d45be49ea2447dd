"""The difference between two values, in words: each message once, and no tolerance that hides one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.authoring import expect
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


def test_a_truth_says_nothing_and_an_untruth_its_message():
    """The smallest of them all."""
    assert ("", "w did not move") == (
        message(expect.that, True, "w did not move"),
        message(expect.that, False, "w did not move"),
    )


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "None (is there a return?)"),
        (1.5, "the number 1.5"),
        (True, "the number True"),
        (3, "the number 3"),
        (10**100, "the number " + "1" + "0" * 48),
        ("a", "a str"),
        ([1.0], "a list"),
        ((1.0,), "a tuple"),
        ({}, "a dict"),
        (np.ones(2), "a numpy array"),
        (Other("Linear"), "a Linear"),
        (Raised("ValueError", "no"), "ValueError"),
    ],
    ids=lambda x: str(x)[:30],
)
def test_what_is_no_tensor_is_named(got, words):
    """In place of a comparison that would raise."""
    assert f"expected a tensor, got {words}" == message(expect.close, got, ONE)
    assert f"expected a tensor for w, got {words}" == message(expect.close, got, ONE, "w")
    assert f"expected a tensor for w, got {words}" == message(expect.within, got, ONE, 0.1, "w")


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (torch.ones(2, 2), torch.ones(2, 1), "expected shape (2, 1), got (2, 2)"),
        (torch.ones(2), torch.ones(2, 1), "expected shape (2, 1), got (2,)"),
        (torch.tensor(1.0), torch.ones(1), "expected shape (1,), got ()"),
        (torch.ones(0), torch.ones(1), "expected shape (1,), got (0,)"),
        (torch.zeros(2, 2).double(), torch.ones(2), "expected shape (2,), got (2, 2)"),
        (ONE.double(), ONE, "expected dtype float32, got float64"),
        (ONE.long(), ONE, "expected dtype float32, got int64"),
        (ONE.double() * 5, ONE, "expected dtype float32, got float64"),
        (torch.tensor([1.0, 2.5]), ONE, "expected 1 at [1], got 2.5"),
        (torch.tensor([[1.0, 1.0], [1.0, 7.0]]), torch.ones(2, 2), "expected 1 at [1, 1], got 7"),
        (torch.tensor(2.0), torch.tensor(1.0), "expected 1, got 2"),
        (torch.tensor([3, 5]), torch.tensor([3, 4]), "expected 4 at [1], got 5"),
        (torch.tensor([True]), torch.tensor([False]), "expected False at [0], got True"),
        (torch.tensor([1 / 3]), torch.tensor([2 / 3]), "expected 0.666667 at [0], got 0.333333"),
    ],
)
def test_shape_comes_before_dtype_and_dtype_before_values(got, want, words):
    """Broadcasting makes a wrong shape look right, so that it is looked at first."""
    assert words == message(expect.close, got, want)


def test_a_name_stands_in_each_message():
    """Where several tensors are looked at."""
    assert "expected shape (2,) for b, got (3,)" == message(expect.close, torch.ones(3), ONE, "b")
    assert "expected dtype float32 for b, got float64" == message(expect.close, ONE.double(), ONE, "b")
    assert "expected 1 for b at [0], got 0" == message(expect.close, torch.zeros(2), ONE, "b")


@pytest.mark.parametrize("want", [0.0, 1.0, 1e30, NAN, INF, -INF])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("terms", [0.0, 1e30])
def test_nan_is_never_close(want, dtype, terms):
    """Not even to itself: no right answer is nan."""
    got, right = torch.tensor([NAN], dtype=dtype), torch.tensor([want], dtype=dtype)
    assert message(expect.close, got, right, terms=terms).endswith("got nan")
    assert message(expect.within, got, right, 1e9, "w").endswith("got nan")


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (INF, 1.0, "expected 1 at [0], got inf"),
        (-INF, 1.0, "expected 1 at [0], got -inf"),
        (1.0, INF, "expected inf at [0], got 1"),
        (INF, INF, ""),
        (5, 4, "expected 4 at [0], got 5"),
    ],
)
def test_infinities_and_whole_numbers_must_be_equal(got, want, words):
    """However large the terms are."""
    assert words == message(expect.close, torch.tensor([got]), torch.tensor([want]), terms=1e30)


@pytest.mark.parametrize(("dtype", "eps"), expect.EPS.items(), ids=str)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_error_allowed_is_32_eps_of_the_terms(dtype, eps, sign):
    """Of the result at least; of the terms, where large ones cancel."""

    def differs(want, error, terms):
        want = torch.tensor([want], dtype=dtype)
        return message(expect.close, want + sign * error, want, terms=terms) != ""

    assert [False, True] == [differs(1.0, k * eps, 0.0) for k in (31, 34)]
    assert [False, True] == [differs(0.0, k * eps, 8.0) for k in (31 * 8, 33 * 8)]
    assert [False, True] == [differs(0.0, error, 0.0) for error in (0.0, 1e-20)]
    assert [False, True] == [differs(8.0, k * eps, 1.0) for k in (30 * 8, 34 * 8)]


def test_within_states_its_error():
    """At the error it passes; beyond, the first wrong number is told."""
    want = torch.tensor([[1.0], [2.0]])
    assert "" == message(expect.within, want + 0.25, want, 0.25, "w")
    assert "expected 2 for w, got 2.5" == message(
        expect.within, torch.tensor([[1.0], [2.5]]), want, 0.25, "w"
    )
    assert "expected shape (2, 1) for w, got (2,)" == message(expect.within, torch.ones(2), want, 9.0, "w")
    assert "" == message(expect.within, ONE.double(), ONE, 0.0, "w"), "a float64 parameter is as near"


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "no gradient reaches w"),
        (ONE, ""),
        (2 * ONE, "expected 1 for the gradient of w at [0], got 2"),
    ],
    ids=str,
)
def test_a_gradient_reaches_its_tensor_and_is_right(got, words):
    """Whoever has cut it off reads that first."""
    assert words == message(expect.gradient, got, ONE, "w")


def test_inputs_are_looked_at_by_their_names():
    """In the order of the call."""
    changed = "b was changed: make a new tensor instead"
    assert "" == message(expect.inputs_unchanged, [ONE, ONE], a=ONE, b=ONE)
    assert changed == message(expect.inputs_unchanged, [ONE, 2 * ONE], a=ONE, b=ONE)


CHANGED = "X was changed: make a new tensor instead"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (torch.ones(2), ""),
        (torch.tensor([1.0, 1.0 + 2**-23]), CHANGED),
        (torch.ones(2, 1), CHANGED),
        (torch.ones(3), CHANGED),
        (torch.ones(2).double(), CHANGED),
        (torch.tensor([1.0, NAN]), CHANGED),
        (None, CHANGED),
        (Other("Tensor"), CHANGED),
        ([1.0, 1.0], CHANGED),
    ],
    ids=str,
)
def test_an_input_is_unchanged_only_to_the_bit(now, words):
    """Shape, dtype and every value."""
    assert words == message(expect.unchanged, now, ONE, "X")


class Student:
    """Stands for the proxy of a student's function."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)

    def expected(self, right, *args):
        return right(*args)


def test_agreement_compares_with_the_right_answer():
    """The same words as `close`, and the terms go with it."""

    def right(x):
        return 2 * x

    assert "" == message(expect.agreement, Student(lambda x: x + x), right, ONE)
    assert "expected 2 at [0], got 3" == message(expect.agreement, Student(lambda x: 3 * x), right, ONE)
    nearly = Student(lambda x: 2 * x + 2e-4)
    assert "expected 2 at [0], got 2.0002" == message(expect.agreement, nearly, right, ONE)
    assert "" == message(expect.agreement, nearly, right, ONE, terms=100.0)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (0.1, ""),
        (torch.tensor(0.1), ""),
        (torch.tensor([0.1 + 3e-8]), ""),
        (torch.tensor(0.1 + 1e-9).double(), "expected 0.1, got 0.100000001"),
        (0.2, "expected 0.1, got 0.2"),
        (NAN, "expected 0.1, got nan"),
        (INF, "expected 0.1, got inf"),
        (torch.ones(2), "expected shape (), got (2,)"),
        ("0.1", "expected a number, got a str"),
        (None, "expected a number, got None (is there a return?)"),
    ],
    ids=str,
)
def test_a_number_is_compared_up_to_rounding(got, words):
    """A Python number or a tensor of one element, as a loss or an accuracy is; nothing else."""
    assert words == message(expect.number, got, 0.1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor([[0.0], [-0.5]]), "[[0.], [-0.5]]"),
        (torch.tensor([10.0, 0.05, 1.0]), "[10., 0.05, 1.]"),
        (torch.tensor([1.5, 2.0]).double(), "[1.5, 2.] (float64)"),
        (torch.tensor([1, 2]), "[1, 2] (int64)"),
        (torch.zeros(24), "[" + ", ".join(["0."] * 24) + "]"),
        (torch.zeros(5, 5), "a tensor of shape (5, 5)"),
        (torch.zeros(5, 5).double(), "a tensor of shape (5, 5) (float64)"),
        ([1, (0.5, 2)], "[1, (0.5, 2)]"),
        ([torch.ones(1)], "[[1.]]"),
        (0.125, "0.125"),
        ("a", "'a'"),
    ],
    ids=lambda x: str(x)[:30],
)
def test_inputs_are_shown_as_a_student_writes_them(value, text):
    """Short enough for a line or two."""
    assert text == expect.shown(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (2.0, "2"),
        (1e-9, "1e-09"),
        (NAN, "nan"),
        (INF, "inf"),
        (-0.0, "0"),
        (3, "3"),
        (torch.tensor(0.25), "0.25"),
        (torch.tensor(True), "True"),
        (torch.tensor(7), "7"),
    ],
    ids=str,
)
def test_numbers_have_six_digits(value, text):
    """As many as float32 can tell apart."""
    assert text == expect.format_number(value)
