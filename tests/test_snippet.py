"""A question as code to paste: it makes the same values, asks the same, and binds nothing of a notebook's."""

import ast

import pytest
import torch

from autograder.authoring import ANYTHING, Exercise, Probe
from autograder.authoring.probes import AND_INPUTS, CALL
from autograder.authoring.proxy import Question
from autograder.judging.snippet import LARGEST, snippet


def two(x, y):
    return x + y


ADDS = Exercise("adds", order=1)
ADDS.right = two
VALUES = [
    torch.tensor([1 / 3, 0.1, 1e-7, 123456.7, -0.0]),
    torch.tensor([1.0, 0.1], dtype=torch.float64),
    torch.tensor([1.5], requires_grad=True),
    [torch.tensor([[0.0]]), torch.tensor([1.0])],
    3,
    None,
]


def asked(probe, *args):
    return Question(probe.key, args, {}, {})


def run(code, **names):
    """What a cell with this code shows at its end, and the names that it leaves behind."""
    names = {"torch": torch, "adds": two, **names}
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(ast.unparse(last), names) if last else None, names


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_is_pasted_is_the_same_value(value):
    """To the dtype, the shape and the last bit."""
    shown, _ = run(snippet(ADDS, [asked(CALL, value)], "so"), adds=lambda x: x)
    assert type(value) is type(shown)
    if isinstance(value, torch.Tensor):
        assert (value.dtype, value.shape) == (shown.dtype, shown.shape)
        assert value.requires_grad == shown.requires_grad
        assert value.equal(shown)
    assert str(value) == str(shown)


def test_a_call_is_one_expression_with_what_came_of_it():
    """A comment stands behind it where there is room, else below."""
    x = torch.tensor([1 / 3])
    code = snippet(ADDS, [asked(AND_INPUTS, x, torch.tensor([2.0]))], "got 1")
    assert "adds(torch.tensor([0.33333334]), torch.tensor([2.]))  # got 1" == code
    assert "adds(1, 2)\n# " + "word " * 20 == snippet(ADDS, [asked(CALL, 1, 2)], "word " * 20)


def test_a_probe_is_written_as_its_exercise_says():
    """And not at all where it says nothing, or what does not fit."""
    one = Exercise("f", order=1)
    one.right = two
    probe = Probe("f.probe", "", ANYTHING, lambda *args: True)
    assert "" == snippet(one, [asked(probe, 1)], "so")
    one.paste(of=[probe])(lambda literal, recordings, x: [f"f({literal(x)}, {literal(recordings)})"])
    assert "" == snippet(one, [asked(probe, 1)], "so")  # a dict has no literal
    one.paste(of=[probe])(lambda literal, recordings, x: [f"f({literal(x)})"])
    assert "f(1)  # so" == snippet(one, [asked(probe, 1)], "so")
    assert "" == snippet(one, [asked(probe, 1, 2)], "so")


@pytest.mark.parametrize(
    "value",
    [torch.zeros(LARGEST + 1), float("nan"), torch.tensor([float("inf")]), object()],
    ids=["large", "nan", "infinite", "object"],
)
def test_what_has_no_short_literal_is_no_code(value):
    """Half of the inputs would be worse than none."""
    assert "" == snippet(ADDS, [asked(CALL, 1, value)], "so")
    assert "" == snippet(ADDS, [], "so")
