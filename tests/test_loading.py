"""Loading: a submission's statements, run one by one, and what stands for its parts.

In this process: only our own code runs here.
"""

import inspect
import sys

import pytest
import torch
from file_helpers import table
from warm import space_of, statements

from autograder.sandbox.inside.exceptions import described
from autograder.sandbox.inside.handover import Handover
from autograder.sandbox.inside.loading import Namespace
from autograder.sandbox.inside.precompiled import compiled

LOSS = {
    "loss": {"right": "def loss(y_hat, y):\n    return 'right', y_hat, y\n"}
}


def with_doubles(source, roles, parts=LOSS, **recorded):
    """What the submission's function gives with these doubles."""
    namespace = space_of(source, parts)
    namespace.set_roles(roles, recorded)
    return namespace.names["whole"]()


STYLES = dict(
    table(r"""
a name       -> def whole(): return loss(1, 2)
an alias     -> measure = loss\ndef whole(): return measure(1, 2)
a default    -> def whole(loss=loss): return loss(1, 2)
a closure    -> def make(loss):\n    return lambda: loss(1, 2)\nwhole = make(loss)
a dict       -> parts = {'loss': loss}\ndef whole(): return parts['loss'](1, 2)
an attribute -> class T:\n    loss = staticmethod(loss)\ndef whole(): return T.loss(1, 2)
a helper     -> def helper(a): return loss(a, 2)\ndef whole(): return helper(1)
""")
)


@pytest.mark.parametrize("style", STYLES)
def test_parts_are_replaced_wherever_they_were_bound(style):
    """Aliases, defaults, closures and containers hold what was bound while loading."""
    source = f"def loss(y_hat, y): return 'own', y_hat, y\n{STYLES[style]}"
    assert with_doubles(source, {"loss": "right"}) == ("right", 1, 2)
    assert with_doubles(source, {}) == ("own", 1, 2)
    assert with_doubles(source, {"loss": "own"}) == ("own", 1, 2)


def test_a_part_is_replaced_under_each_name_of_its_function():
    """Also under the one that the student gave it first."""
    source = "def my_half(x):\n    return x\n\nhalf = my_half\n\ndef whole(x):\n    return my_half(x)"
    namespace = space_of(
        source, {"half": {"right": "def half(x):\n    return x / 2"}}
    )
    namespace.set_roles({"half": "right"}, {})
    assert namespace.names["whole"](4) == 2


def test_a_part_that_is_missing_or_fails_is_there_when_it_is_right():
    """One that is the student's own does not exist."""
    for lost in (
        "",
        "loss = 1 / 0\n",
        "def loss(y_hat, y): raise ValueError\n",
    ):
        source = f"{lost}def whole(loss=loss): return loss(1, 2)"
        assert with_doubles(source, {"loss": "right"}) == ("right", 1, 2)
    with pytest.raises(NameError, match=r"^name 'loss' is not defined$"):
        with_doubles("def whole(): return loss(1, 2)", {})


def test_code_of_ours_crosses_without_its_source():
    """And what came is emptied, since a student's statements can look at our frames."""
    source = "def loss(y_hat, y):\n    'a docstring that tells'\n    return y\n"
    code = compiled(source, "right")
    assert str is type(code)
    doubles = {"loss": {"right": code}}
    namespace = Namespace()
    namespace.load(
        statements("def whole(): return loss(1, 2)"), ["whole"], doubles
    )
    assert doubles == {}
    right = namespace.doubles["loss"]["right"]
    assert right.__doc__ is None
    assert right.__code__.co_filename == "<right>"
    with pytest.raises(OSError, match="could not get source code"):
        inspect.getsource(right)


@pytest.mark.parametrize(
    ("place", "name"), [("cell 2", "__main__"), ("file", "submission")]
)
def test_a_notebook_is_the_main_program(monkeypatch, place, name):
    """As in Jupyter, where the lines below `if __name__ == "__main__"` run; a program is
    imported.
    """
    namespace = Namespace()
    source = (
        "import sys\ndef f(): return sys.modules[__name__].__dict__, __name__"
    )
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    namespace.load(statements(source, place), ["f"], {})
    assert namespace.names["f"]() == (namespace.names, name)


def raised(source):
    try:
        Namespace.load(
            namespace := Namespace(), statements(source, "cell 3"), [], {}
        )
        namespace.names["f"]()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def test_a_place_is_the_student_s_innermost_line():
    """Not one in torch, where the error was raised."""
    error = raised(
        "import torch\n\ndef g():\n    return torch.ones(2) @ torch.ones(3)\n\nf = lambda: g()"
    )
    assert described(error)[2] == "g:2:return torch.ones(2) @ torch.ones(3)"
    error = raised(
        "import torch\n@torch.no_grad()\ndef f():\n    x = 1\n    return x.oops"
    )
    assert described(error)[2] == "f:3:return x.oops"
    error = raised(
        "import torch\n@torch.no_grad(\n)\n# so\ndef f():\n    return (1).oops"
    )
    assert described(error)[2] == "f:2:return (1).oops"
    error = raised("f = lambda: (1).oops")
    assert described(error)[2] == "<lambda>:1:f = lambda: (1).oops"


def test_the_place_of_a_local_name_without_a_value_is_the_line_that_reads_it():
    """Python 3.11 tells the line before it, once the function has run some eight times."""
    namespace = Namespace()
    # The number in the name stands in the code as well.
    source = "def f(x):\n    if x < 0:\n        y2 = 1\n    z = x\n    return (2 *\n        y2 + z)"
    namespace.load(statements(source, "cell 3"), ["f"], {})
    for _ in range(20):
        with pytest.raises(UnboundLocalError) as error:
            namespace.names["f"](1)
        assert described(error.value)[2] == "f:6:y2 + z)"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("params -= lr * params.grad", "params:list:2:tensors"),
        ("名 = y.double(); (1 +\n  名.reshape(7))", "名:tensor:3:float64"),
        ("(lambda z: y @ z)(X)", "y:tensor:3:float32;z:tensor:2x1:float32"),
        ("range(lr / 2)", "lr:number:0.5:"),
        ("range(len(X) / n)", "X:tensor:2x1:float32;n:number:4:"),
        ("(n, lr).oops", "n:number:4:;lr:number:0.5:"),
        ("nothing + n", "nothing:none::;n:number:4:"),
        ("a, b = n", ""),
        ("unknown + n", ""),
        ("pair.oops", "pair:tuple:2:items"),
        ("odd.oops", ""),
        ("1 / 0", ""),
    ],
)
def test_the_names_are_those_of_the_expression_that_raised(source, names):
    """With what they stood for, of kinds that are known; a class of the student's may lie."""
    head = """import torch
class Odd(list):
    def __len__(self): raise SystemExit
def f():
    params = [torch.ones(2), torch.ones(1)]
    X, y, lr, n, nothing = torch.ones(2, 1), torch.ones(3), 0.5, 4, None
    odd, pair = Odd(), (1, X)
    """
    assert described(raised(head + source))[3] == names


def test_what_is_said_of_names_is_bounded():
    """A student may have many, and values of any size."""
    many = " + ".join(f"n{i}" for i in range(2000))
    source = "import torch\ndef f():\n"
    for i in range(2000):
        source += f"    n{i} = {'None' if i > 1000 else '1' * 4000}\n"
    assert len(described(raised(f"{source}    {many}"))[3]) <= 300


KNOWN = {
    "lr": 0.5,
    "batch_size": 4,
    "features": torch.zeros(3, 2),
    "labels": torch.ones(3),
}


def step(params, lr, batch_size): ...


def of(own, right=step, name="sgd"):
    """From calls of a function with these parameters; "" for none."""
    namespace = {}
    exec(f"def own({own}): pass", namespace)
    return Handover(name, right, namespace["own"] if own else None)


@pytest.mark.parametrize("own_first", [True, False])
@pytest.mark.parametrize(
    ("own", "args", "kwargs"),
    table("""
params, lr, batch_size               -> [1], 2.0, 8 -> {}
params, lr, batch_size               -> [1],        -> {"batch_size": 8, "lr": 2.0}
params, lr, batch_size, momentum=0.9 -> [1], 2.0, 8 -> {"momentum": 0.0}
params, **settings                   -> [1],        -> {"learning_rate": 2.0, "batch_size": 8}
ps, eta=2.0, bs=8                    -> [1],        -> {}
"""),
)
def test_a_call_of_the_own_is_one_of_the_right(own_first, own, args, kwargs):
    """By name, by place, with more parameters, with defaults: the right one gets its three."""
    assert [*of(own).arguments(eval(args), eval(kwargs), KNOWN, own_first)] == [
        [1],
        2.0,
        8,
    ]
