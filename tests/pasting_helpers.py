"""What a student is given to paste runs in their notebook, changes no name of it, and shows
what is wrong.
"""

import ast
import contextlib
import functools
import io
import random
import re

import numpy as np
import torch

from autograder import sentences
from autograder.results import Outcome

SEEN = {Outcome.FAILED, Outcome.ERROR}
# What the chapter's other cells leave behind, and those below read again.
CHAPTER = """
import random
import torch
torch.manual_seed(1)
true_w, true_b = torch.tensor([2.0, -3.4]), 4.2
features = torch.randn(50, 2)
labels = features @ true_w + true_b
X, y = features[:3], labels[:3]
w = torch.zeros(2, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
w.grad, b.grad = torch.zeros(2, 1), torch.zeros(1)
a, p, grad, lr, batch_size, num_epochs, values = 1, 2, 3, 0.03, 10, 3, [4]
"""
NUMBER = r"-?\d+\.?\d*(?:e[+-]?\d+)?"
EXPECTED_AND_GOT = re.compile(
    rf"expected (?:the mean loss )?({NUMBER})(?: (?:at|for|over) .*)?, got ({NUMBER})$"
)
RAISES = "raises"
CLOSE, LEAST = 2e-3, 6e-5  # torch prints four digits after the point


@functools.lru_cache
def cells(source):
    """The statements that a notebook runs, compiled; training may have no end."""
    left_out = ast.For | ast.While | ast.If | ast.Expr
    own = [
        each
        for each in ast.parse(source).body
        if not isinstance(each, left_out)
    ]
    chapter = ast.parse(CHAPTER).body
    return [
        compile(ast.Module([each], []), "<cell>", "exec")
        for each in [*own, *chapter]
    ]


def notebook(source):
    """A notebook's names after its cells were run, of which some may fail."""
    names = {"__name__": "submission", "torch": torch}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells(source):
            with contextlib.suppress(Exception):
                exec(cell, names)
    return names


def looked_at(names):
    """The names of the notebook, as they are; a tensor with its values and its gradient."""
    return {
        name: (id(value), numbers(value), numbers(value.grad))
        if isinstance(value, torch.Tensor)
        else id(value)
        for name, value in names.items()
        if not name.startswith(("try_", "__"))
    }


def numbers(tensor):
    """The same text for the same numbers, NaN too; torch's own takes a hundred times as long."""
    return str(None if tensor is None else tensor.tolist())


def pasted(code, names, seed=1):
    """What a new cell with this code prints and shows, or raises.

    seed: by default not 0, with which workers begin.
    """
    tree = ast.parse(code)
    out = io.StringIO()
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(tree, "<cell>", "exec"), names)
            value = (
                eval(
                    compile(ast.Expression(last.value), "<cell>", "eval"), names
                )
                if last
                else None
            )
    except Exception as error:
        return f"{RAISES} {type(error).__name__}: {error}"
    finally:
        torch.set_grad_enabled(True), torch.set_default_dtype(torch.float32)
    return f"{out.getvalue()}{value!r}"


def shows(number, text):
    """Whether a text has this number, to the digits that torch prints."""
    printed = map(float, re.findall(NUMBER, text))
    return any(
        abs(float(number) - other) <= CLOSE * abs(float(number)) + LEAST
        for other in printed
    )


def demand_what_is_claimed(code, as_right, as_wrong):
    """What a comment at the end claims is what the lines print; of random batches, only an
    exception.
    """
    claim = code[code.rindex("# ") :]
    raised = re.match(rf"# ({RAISES} \w+)", claim)
    if raised:
        assert as_wrong.startswith(raised[1]), (code, as_wrong)
    else:
        assert not as_wrong.startswith(RAISES), (code, as_wrong)
    if ", data_iter(" in code:
        return
    assert as_right != as_wrong, (code, as_wrong)
    if values := EXPECTED_AND_GOT.search(claim):
        assert shows(values[1], as_right), (code, as_right)
        assert shows(values[2], as_wrong), (code, as_wrong)


def demand_that_it_runs_as_pasted(results, right, wrong):
    """What results offer to try, pasted after a right and after the wrong notebook's text."""
    for result in [r for r in results if r.code and r.outcome in SEEN]:
        code = sentences.code(result)
        good = notebook(right)
        bad = notebook(wrong)
        names = before_of(bad)
        before = looked_at(good), {name: looked_at(bad)[name] for name in names}
        as_right = pasted(code, good)
        as_wrong = pasted(code, bad)

        assert not as_right.startswith(RAISES), (code, as_right)
        assert looked_at(good) == before[0]
        assert {name: looked_at(bad)[name] for name in names} == before[1]
        assert code.splitlines()[-1].count("#") >= 1, code
        demand_what_is_claimed(code, as_right, as_wrong)


def before_of(names):
    """The names that the chapter gives a value: a function may count its calls in another."""
    bound = {
        node.id
        for node in ast.walk(ast.parse(CHAPTER))
        if isinstance(node, ast.Name)
    }
    return sorted(
        (bound | {"data_iter", "linreg", "squared_loss", "sgd", "train"})
        & names.keys()
    )
