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
    before, texts = made

    assert len({before, *texts}) == len(texts) + 1 > 300
    assert all(compile(text, "mutant", "exec") for text in texts)


@pytest.mark.parametrize(
    "line",
    [
        "p -= lr * p.grad * batch_size",
        "p = p - lr * p.grad / batch_size",
        "for p in list(params)[1:]:",
        "p -= lr * p.grad / min(batch_size, 100)",
        "lr = _global('lr', lr)",
        "torch.set_grad_enabled(False)",
        "params.clear()",
    ],
)
def test_what_students_do_is_among_them(made, line):
    """A slip of each sort is made."""
    before, texts = made

    assert any(f"+{line}" in changed_lines(before, text).replace(" " * 4, "") for text in texts)


def test_what_stands_behind_a_return_is_not_changed(made):
    """A change there would be no change."""
    assert not any("NotImplementedError" in text or "What it does" in text for text in made[1])


def test_a_function_that_is_not_there_is_said():
    """A class or an alias has no body to change."""
    with pytest.raises(ValueError, match="no function `train`"):
        mutants("train = print", "train")
