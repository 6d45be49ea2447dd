"""Mutants: each changes one thing of a right function, and is a program of its own."""

import pytest

from autograder.auditing.mutants import changed_lines, mutants

SOURCE = '''
import torch

def step(params, lr, batch_size):
    """What it does."""
    with torch.no_grad():
        for p in params:
            p -= lr * p.grad / batch_size
    return params
    raise NotImplementedError("step")
'''


@pytest.fixture(scope="module")
def made():
    return mutants(SOURCE, "step")


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # a list that is called: a mutant, and wrong for sure
def test_each_is_another_program_that_compiles(made):
    """No text comes twice, none is the original, and each is Python."""
    texts = [one.source for one in made]

    assert len(set(texts)) == len(texts) > 300
    assert all(compile(text, "mutant", "exec") for text in texts)
    assert all(one.source != one.before for one in made)


@pytest.mark.parametrize(
    ("operator", "line"),
    [
        ("operator", "p -= lr * p.grad * batch_size"),
        ("rebound", "p = p - lr * p.grad / batch_size"),
        ("loop bounds", "for p in list(params)[1:]:"),
        ("bounded", "p -= lr * p.grad / min(batch_size, 100)"),
        ("state", "lr = _global('lr', lr)"),
        ("cut off", "torch.set_grad_enabled(False)"),
        ("input changed", "params.clear()"),
    ],
)
def test_what_students_do_is_among_them(made, operator, line):
    """A slip of each sort is made."""
    found = [
        one
        for one in made
        if one.operator == operator
        and f"+{line}" in changed_lines(one.before, one.source).replace(" " * 4, "")
    ]

    assert found


def test_what_stands_behind_a_return_is_not_changed(made):
    """A change there would be no change."""
    assert not any("NotImplementedError" in one.source or "What it does" in one.source for one in made)


def test_of_two_definitions_the_last_is_changed():
    """It is the one that Python calls."""
    first = "def step(x):\n    return x + 1\n"
    made = mutants(first + "def step(x):\n    return x * 2\n", "step")

    assert made
    assert all(first in one.source for one in made)


def test_a_function_that_is_not_there_is_said():
    """A class or an alias has no body to change."""
    with pytest.raises(ValueError, match="no function `train`"):
        mutants("train = print", "train")
