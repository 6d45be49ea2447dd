"""Which parts that few submissions need a submission uses, told by its syntax tree."""

import ast

import pytest

from autograder.sandbox.inside import extras, warmth


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("l.backward()", []),
        ("l.backward(retain_graph=True)", []),
        ("l.backward(torch.ones_like(l))", ["algebra"]),
        ("l.backward(retain_graph=True, gradient=g)", ["algebra"]),
        ("torch.autograd.backward([l], [g])", ["algebra"]),
        ("torch.autograd.grad(l, w, grad_outputs=g)", ["algebra"]),
        ("torch.autograd.functional.jacobian(f, w)", ["algebra"]),
        ("w.grad.zero_(), optimiser.zero_grad(), torch.no_grad()", []),
        ("import random, os.path as p, matplotlib.pyplot as plt", ["figures"]),
        ("from torch.utils import data, other", []),
        ("from torch import optim", ["compiler"]),
        ("import torch.optim as o", ["compiler"]),
        ("from d2l.torch import *", ["figures"]),
        ("def f():\n    from numpy import (\n        a, b)\n", []),
        ("important = 1  # import pandas", []),
        ("def f():\n    'from torch import optim'", []),
    ],
)
def test_extras_are_told_by_names_in_the_syntax_tree(source, found):
    """What a text in quotation marks or a comment says counts for nothing."""
    assert found == extras.used(ast.parse(source).body)


def test_each_extra_is_one_that_the_template_process_can_import():
    """A worker's word for anything else is refused."""
    assert extras.PARTS == warmth.FEW_NEED.keys()
