"""The difference between two values, in words: each message once, and no tolerance that hides one."""

from __future__ import annotations

import pytest
import torch

from autograder.authoring import contract, expect
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


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "None (is there a return?)"),
        (1.5, "the number 1.5"),
        ("a", "a str"),
        ([1.0], "a list"),
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
        (ONE.double(), ONE, "expected dtype float32, got float64"),
        (torch.tensor([1.0, 2.5]), ONE, "expected 1 at [1], got 2.5"),
        (torch.tensor([[1.0, 1.0], [1.0, 7.0]]), torch.ones(2, 2), "expected 1 at [1, 1], got 7"),
        (torch.tensor(2.0), torch.tensor(1.0), "expected 1, got 2"),
        (torch.tensor([True]), torch.tensor([False]), "expected False at [0], got True"),
        (torch.tensor([1 / 3]), torch.tensor([2 / 3]), "expected 0.666667 at [0], got 0.333333"),
    ],
)
def test_shape_comes_before_dtype_and_dtype_before_values(got, want, words):
    """Broadcasting makes a wrong shape look right, so that it is looked at first."""
    assert words == message(expect.close, got, want)


@pytest.mark.parametrize("want", [0.0, 1e30, NAN])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nan_is_never_close(want, dtype):
    """Not even to itself: no right answer is nan."""
    got, right = torch.tensor([NAN], dtype=dtype), torch.tensor([want], dtype=dtype)
    assert message(expect.close, got, right, terms=1e30).endswith("got nan")
    assert message(expect.within, got, right, 1e9, "w").endswith("got nan")


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (INF, 1.0, "expected 1 at [0], got inf"),
        (1.0, INF, "expected inf at [0], got 1"),
        (INF, INF, ""),
        (5, 4, "expected 4 at [0], got 5"),
    ],
)
def test_infinities_and_whole_numbers_must_be_equal(got, want, words):
    """However large the terms are."""
    assert words == message(expect.close, torch.tensor([got]), torch.tensor([want]), terms=1e30)


@pytest.mark.parametrize(("dtype", "eps"), expect.EPS.items(), ids=str)
def test_the_error_allowed_is_32_eps_of_the_terms(dtype, eps):
    """Of the result at least; of the terms, where large ones cancel."""

    def differs(want, error, terms):
        want = torch.tensor([want], dtype=dtype)
        return message(expect.close, want + error, want, terms=terms) != ""

    assert [False, True] == [differs(1.0, k * eps, 0.0) for k in (31, 34)]
    assert [False, True] == [differs(0.0, k * eps, 8.0) for k in (31 * 8, 33 * 8)]
    assert [False, True] == [differs(0.0, error, 0.0) for error in (0.0, 1e-20)]


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


CHANGED = "X was changed. Make a new tensor instead."


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (torch.ones(2), ""),
        (torch.tensor([1.0, 1.0 + 2**-23]), CHANGED),
        (torch.ones(2, 1), CHANGED),
        (torch.ones(2).double(), CHANGED),
        (torch.tensor([1.0, NAN]), CHANGED),
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

    nearly = Student(lambda x: 2 * x + 2e-4)
    assert "expected 2 at [0], got 2.0002" == message(expect.agreement, nearly, right, ONE)
    assert "" == message(expect.agreement, nearly, right, ONE, terms=100.0)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (torch.tensor(0.1), ""),
        (torch.tensor([0.1 + 3e-8]), ""),
        (torch.tensor(0.1 + 1e-9).double(), "expected 0.1, got 0.100000001"),
        (0.2, "expected 0.1, got 0.2"),
        (torch.ones(2), "expected shape (), got (2,)"),
        (None, "expected a number, got None (is there a return?)"),
    ],
    ids=str,
)
def test_a_number_is_compared_up_to_rounding(got, words):
    """A Python number or a tensor of one element, as a loss or an accuracy is; nothing else."""
    assert words == message(expect.number, got, 0.1)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (True, ""),
        (torch.tensor(True), ""),
        (torch.tensor([1.0]), "expected True, got a Tensor"),
        (torch.ones(2), "expected True, got a Tensor"),
        (1, "expected True, got the number 1"),
    ],
    ids=str,
)
def test_a_truth_value_is_no_number(got, words):
    """Python's own or torch's, and nothing that only equals it."""
    assert words == message(expect.same, got, True)


def test_an_infinite_element_allows_the_others_no_error():
    """As of log(0): the right answer passes, and each other element must still be right."""
    errors = contract._errors_of(torch.log)(torch.tensor([0.0, 2.0]))
    want = torch.tensor([0.0, 2.0]).log()
    assert "" == message(expect.same, want, want, errors)
    assert "expected 0.693147 at [1], got 7" == message(expect.same, torch.tensor([-INF, 7.0]), want, errors)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor([[0.0], [-0.5]]), "[[0.], [-0.5]]"),
        (torch.tensor([10.0, 0.05, 1.0]), "[10., 0.05, 1.]"),
        (torch.tensor([1.5, 2.0]).double(), "[1.5, 2.] (float64)"),
        (torch.zeros(5, 5), "a tensor of shape (5, 5)"),
        ([1, (0.5, 2)], "[1, (0.5, 2)]"),
    ],
    ids=lambda x: str(x)[:30],
)
def test_inputs_are_shown_as_a_student_writes_them(value, text):
    """Short enough for a line or two."""
    assert text == expect.shown(value)
