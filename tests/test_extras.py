"""Which parts that few submissions need a submission uses, told by its syntax tree."""

import ast

import pytest

from autograder.sandbox.inside import extras, warmth


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("l.backward(retain_graph=True)", []),
        ("l.backward(retain_graph=True, gradient=g)", ["algebra"]),
        ("torch.autograd.functional.jacobian(f, w)", ["algebra"]),
        ("import random, os.path as p, matplotlib.pyplot as plt", ["figures"]),
        ("import torch.optim as o", ["compiler"]),
        ("def f():\n    'from torch import optim'", []),
    ],
)
def test_extras_are_told_by_names_in_the_syntax_tree(source, found):
    """What a text in quotation marks or a comment says counts for nothing."""
    assert found == extras.used(ast.parse(source).body)


def test_each_extra_is_one_that_the_template_process_can_import():
    """A worker's word for anything else is refused."""
    assert extras.PARTS == warmth.FEW_NEED.keys()
