"""The difference between two values, in words: each message once, and no tolerance that hides
one.
"""

from collections import Counter

import pytest
import torch
from file_helpers import table
from torch.nn.functional import layer_norm

from autograder import wire
from autograder.authoring import expect, rounding
from autograder.authoring.expect import Difference

NAN = float("nan")
INF = float("inf")
ONE = torch.ones(2)


def message(function, *args, **kwargs):
    """What a student would read; "" where there is no difference."""
    try:
        function(*args, **kwargs)
    except Difference as error:
        return str(error)
    return ""


TWO = torch.tensor([[1.0], [2.0]])
NAMES = {**vars(wire), **vars(expect), "Counter": Counter}
NAMES |= {
    "tensor": torch.tensor,
    "NAN": NAN,
    "INF": INF,
    "ONE": ONE,
    "TWO": TWO,
}
# Broadcasting makes a wrong shape look right, so that it comes before the values.  Infinities and
# whole numbers are equal or not, however large the terms are.  A gradient that was cut off is said
# first.  An input is unchanged only to the bit.  A truth value is nothing that only equals it.
COMPARISONS = """
close(None, ONE) -> expected a tensor, got None
close(1.5, ONE, "w") -> expected a tensor for w, got the number 1.5
within("a", ONE, 0.1, "w") -> expected a tensor for w, got a str
close(Other("Linear"), ONE) -> expected a tensor, got a Linear
close(Raised("ValueError", "no"), ONE) -> expected a tensor, got ValueError
close(torch.ones(2, 2), torch.ones(2, 1)) -> expected shape (2, 1), got (2, 2)
close(ONE.double(), ONE) -> expected dtype float32, got float64
close(tensor([1.0, 2.5]), ONE) -> expected 1 at [1], got 2.5
close(tensor([[1.0, 1.0], [1.0, 7.0]]), torch.ones(2, 2)) -> expected 1 at [1, 1], got 7
close(tensor([True]), tensor([False])) -> expected False at [0], got True
close(tensor([1 / 3]), tensor([2 / 3])) -> expected 0.666667 at [0], got 0.333333
close(tensor([INF]), tensor([1.0]), "", 1e30) -> expected 1 at [0], got inf
close(tensor([1.0]), tensor([INF]), "", 1e30) -> expected inf at [0], got 1
close(tensor([INF]), tensor([INF]), "", 1e30) -> -
close(tensor([2.0]).half(), tensor([1.0]).half()) -> expected 1 at [0], got 2
close(tensor([5]), tensor([4]), "", 1e30) -> expected 4 at [0], got 5
within(TWO + 0.25, TWO, 0.25, "w") -> -
within(tensor([[1.0], [2.5]]), TWO, 0.25, "w") -> expected 2 for w, got 2.5
within(torch.ones(2), TWO, 9.0, "w") -> expected shape (2, 1) for w, got (2,)
within(ONE.double(), ONE, 0.0, "w") -> -
gradient(None, ONE, "w") -> no gradient reaches w
gradient(ONE, ONE, "w") -> -
gradient(2 * ONE, ONE, "w") -> expected 1 for the gradient of w at [0], got 2
unchanged(torch.ones(2), ONE, "X") -> -
unchanged(tensor([1.0, 1.0 + 2**-23]), ONE, "X") -> X was changed. Make a new tensor instead.
unchanged(torch.ones(2, 1), ONE, "X") -> X was changed. Make a new tensor instead.
unchanged(tensor([1.0, NAN]), ONE, "X") -> X was changed. Make a new tensor instead.
close(tensor([0.1 + 3e-8]), 0.1) -> -
close(tensor(0.1 + 1e-9).double(), 0.1) -> expected 0.1, got 0.100000001
close(0.2, 0.1) -> expected 0.1, got 0.2
close(torch.ones(2), 0.1) -> expected shape (), got (2,)
close(None, 0.1) -> expected a number, got None
close(True, True) -> -
close(tensor(True), True) -> -
close(tensor([1.0]), True) -> expected True, got a Tensor
close(1, True) -> expected True, got the number 1
close(False, True) -> expected True, got False
close({"m": 1.5, "n": 2}, {"n": 2, "m": 1.5}) -> -
close(Counter(n=2), {"n": 2}) -> -
close({0: 2, 1: 1}, Counter({0: 2, 1: 1})) -> -
close({"n": 3}, {"n": 2}) -> expected 2 for 'n', got 3
close({"m": 2}, {"n": 2}) -> expected the keys ['n'], got ['m']
close({"n": torch.zeros(2)}, {"n": ONE}) -> expected 1 for 'n' at [0], got 0
close([2], {"n": 2}) -> expected a dict, got a list
close("no", "yes") -> expected 'yes', got 'no'
close(torch.ones(1), None) -> expected None, got a Tensor
close((1, "x"), [1, "x"]) -> -
close([1, [2, 4]], [1, [2, 3]]) -> expected 3, got 4
"""


@pytest.mark.parametrize(("call", "words"), table(COMPARISONS))
def test_each_difference_has_its_words(call, words):
    """And where there is none, nothing is said."""
    assert message(eval, call, NAMES) == words


@pytest.mark.parametrize("want", [0.0, 1e30])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nan_is_never_close(want, dtype):
    """However large the error allowed is."""
    got = torch.tensor([NAN], dtype=dtype)
    right = torch.tensor([want], dtype=dtype)
    assert message(expect.close, got, right, terms=1e30).endswith("got nan")
    assert message(expect.within, got, right, 1e9, "w").endswith("got nan")


@pytest.mark.parametrize(("dtype", "eps"), expect.EPS.items(), ids=str)
def test_the_error_allowed_is_32_eps_of_the_terms(dtype, eps):
    """Of the result at least; of the terms, where large ones cancel."""

    def differs(want, error, terms):
        want = torch.tensor([want], dtype=dtype)
        return message(expect.close, want + error, want, terms=terms) != ""

    assert [differs(1.0, k * eps, 0.0) for k in (31, 34)] == [False, True]
    assert [differs(0.0, k * eps, 8.0) for k in (31 * 8, 33 * 8)] == [
        False,
        True,
    ]
    assert [differs(0.0, error, 0.0) for error in (0.0, 1e-20)] == [False, True]


def test_another_right_answer_may_have_the_rounding_errors_of_the_right_one():
    """A mean that is taken away rounds more than a result shows whose inputs are moved."""

    def right(X):
        centered = X - X.mean(dim=-1, keepdim=True)
        variance = X.var(dim=-1, unbiased=False, keepdim=True)
        return centered * (variance + 1e-5) ** -0.5

    X = torch.tensor([[180.3841, 180.5243], [128.8166, 129.4150]])
    errors = rounding.errors(right, [X], close=0.0)
    expect.close(layer_norm(X, [2]), right(X), terms=errors)
    assert message(expect.close, layer_norm(X, [2]), right(X))
    with_another_eps = layer_norm(X, [2], eps=2e-5)
    assert message(expect.close, with_another_eps, right(X), terms=errors)


@pytest.mark.parametrize(
    ("value", "text"),
    table("""
torch.tensor([[0.0], [-0.5]])     -> [[0.], [-0.5]]
torch.tensor([10.0, 0.05, 1.0])   -> [10., 0.05, 1.]
torch.tensor([1.5, 2.0]).double() -> [1.5, 2.] (float64)
torch.zeros(5, 5)                 -> a tensor of shape (5, 5)
"""),
)
def test_inputs_are_shown_as_a_student_writes_them(value, text):
    """Short enough for a line or two."""
    assert str(expect.shown(eval(value))) == text
