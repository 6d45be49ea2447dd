"""Whether a submission uses what few need, told by its syntax tree."""

import ast

import pytest

from autograder.sandbox.inside import extras


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("l.backward()", False),
        ("l.backward(retain_graph=True)", False),
        ("l.backward(torch.ones_like(l))", True),
        ("l.backward(retain_graph=True, gradient=g)", True),
        ("torch.autograd.grad(l, w, grad_outputs=g)", True),
        ("w.grad.zero_(), optimiser.zero_grad(), torch.no_grad()", False),
        ("import random, os.path as p, matplotlib.pyplot as plt", True),
        ("from torch.utils import data, other", False),
        ("from torch import optim", True),
        ("import torch.optim as o", True),
        ("torch.optim.SGD([w], 0.1)", True),
        ("from d2l.torch import *", True),
        ("def f():\n    from numpy import (\n        a, b)\n", False),
        ("important = 1  # import pandas", False),
        ("def f():\n    'from torch import optim'", False),
    ],
)
def test_extras_are_told_by_names_in_the_syntax_tree(source, found):
    """What a text in quotation marks or a comment says counts for nothing."""
    assert found == extras.used(ast.parse(source).body)
