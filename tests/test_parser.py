"""The reader: any notebook or program is taken apart, and only what a function needs is kept."""

import ast
import json
import sys
import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from platforms import notebook

from autograder.errors import NOT_PERMITTED
from autograder.reading import notebooks, parser
from autograder.reading.needs import Needs
from autograder.reading.notebooks import TOO_LARGE
from autograder.reading.parsed import FailedStatement, ParsedSubmission, Statement
from autograder.reading.parser import parse
from autograder.settings import Settings


def plan(text: str, suffix: str = ".py", functions=("f",)) -> dict:
    return parse(
        textwrap.dedent(text).lstrip("\n") if suffix == ".py" else text,
        suffix,
        list(functions),
    )


def rows(got: dict) -> list:
    """Where each statement stands, and its text."""
    return [[each["place"], each["line"], each["source"]] for each in got["statements"]]


def needed(text: str, suffix: str = ".py", function: str = "f") -> list[str]:
    """The statements that a function needs, as text."""
    got = plan(text, suffix, (function,))
    return [got["statements"][i]["source"] for i in got["needs"][function]]


def problem_of(text: str, suffix: str = ".py") -> str:
    """What a student reads of a file that cannot be read."""
    return str(ParsedSubmission.from_wire(parse(text, suffix, ["f"])).problem)


# Notebooks.


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(
    "source", ["a = 1\ndef f(): return a", ["a = 1\n", "def f(): return a"]]
)
def test_notebooks_of_both_versions_are_read(version, source):
    """Sources as a string or as a list of lines; places count all cells."""
    text = notebook("import os", source)
    if version == 3:
        cells = [
            {"cell_type": "code", "language": "python", "input": one}
            for one in ("import os", source)
        ]
        text = json.dumps(
            {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}
        )
    got = plan(text, ".ipynb")
    want = [
        ["cell 1", 1, "import os"],
        ["cell 2", 1, "a = 1"],
        ["cell 2", 2, "def f(): return a"],
    ]
    assert (want, {"f": [0, 1, 2]}, []) == (rows(got), got["needs"], got["lost"])


def test_only_code_cells_are_code():
    """Text, raw and unknown cells are counted, and not read."""
    cells = [
        {"cell_type": kind, "source": "def f(): pass"}
        for kind in ("markdown", "raw", "heading", 3)
    ]
    cells += [
        None,
        "def f(): pass",
        {},
        {"cell_type": "code"},
        {"cell_type": "code", "source": [1, None]},
    ]
    cells += [{"cell_type": "code", "source": "f = 2"}]
    got = plan(json.dumps({"cells": cells}), ".ipynb")
    assert [["cell 10", 1, "f = 2"]] == rows(got)


@pytest.mark.parametrize(
    "text", ['{"cells":\n[', "[" * 100_000, "{}"], ids=lambda x: x[:20]
)
def test_what_is_no_notebook_has_a_problem(text):
    """A sentence, and no statements."""
    assert "The file is not a notebook. Save it again in Jupyter." == problem_of(
        text, ".ipynb"
    )
    got = ParsedSubmission.from_wire(parse(text, ".ipynb", ["f"]))
    assert ParsedSubmission(problem=got.problem) == got


@pytest.mark.parametrize(
    "problem", [["{line.__class__}", {"line": "1"}], [TOO_LARGE, {"most": 1}]]
)
def test_a_worker_may_say_only_our_sentences(problem):
    """A sentence is a format, in which a worker's own could ask for anything."""
    with pytest.raises(ValueError, match="no parsed submission"):
        ParsedSubmission.from_wire(ParsedSubmission().to_wire() | {"problem": problem})


def test_more_code_than_a_student_writes_is_a_problem():
    """The limit is on all cells together.  A whole number too long for Python in an output is no
    problem.
    """
    half = "#" * (notebooks.MAX_CODE // 2)
    for text, suffix in (
        (notebook(half, half, "f = 1"), ".ipynb"),
        ("#" * (notebooks.MAX_CODE + 1), ".py"),
        (notebook(*[""] * 5001), ".ipynb"),
    ):
        assert TOO_LARGE == problem_of(text, suffix)
    assert plan(notebook(half, half), ".ipynb")["problem"] is None
    long = notebook("f = 1").replace('"outputs": []', '"outputs": [' + "9" * 5000 + "]")
    assert plan(long, ".ipynb")["problem"] is None


# Magics.


@pytest.mark.parametrize("magic", ["%%time", "  %%python3"])
def test_a_cell_under_a_python_magic_is_its_code(magic):
    """It still defines its function, on its own line."""
    got = plan(notebook(f"{magic}\ndef f():\n    return 1"), ".ipynb")
    assert [["cell 1", 2, "def f():\n    return 1"]] == rows(got)
    got = plan(notebook(f"\n{magic}\n%%time\nf = 1"), ".ipynb")
    assert [["cell 1", 4, "f = 1"]] == rows(got)


@pytest.mark.parametrize("magic", ["%%bash", "%%"])
def test_a_cell_in_another_language_is_left_out(magic):
    """Though it may look like Python."""
    got = plan(notebook(f"{magic}\nf = 1\necho ((", "def g(): pass"), ".ipynb")
    assert ([], [], ["g"]) == (got["statements"], got["lost"], [*got["names"]])


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "torch.add?",
        "files = !ls -l 'x",
        "%time f()",
    ],
)
def test_a_magic_line_costs_nothing_around_it(line):
    """Whether it is one of IPython's or of the shell's."""
    for suffix, text in (
        (".ipynb", notebook(f"import os\n{line}\ndef f():\n    return 1")),
        (".py", f"import os\n{line}\ndef f():\n    return 1"),
    ):
        got = parse(text, suffix, ["f"])
        assert ["import os", "def f():\n    return 1"] == [
            s["source"] for s in got["statements"]
        ]
        assert [] == got["lost"]
        assert 3 == got["statements"][1]["line"]


def test_a_magic_inside_a_function_is_a_call():
    """Of get_ipython, for which the worker has a stand-in."""
    assert ["def f():\n    get_ipython().system('ls')\n    return 1"] == needed(
        notebook("def f():\n    !ls\n    return 1"), ".ipynb"
    )


# Syntax errors cost a statement.

AROUND = """
import os
{wrong}
def f():
    return 1
"""


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ("def g(:\n    return 2", "g"),
        ("g = 3 +", "g"),
        ("x = 'unclosed", "x"),
        ("这不是代码", None),
        ("def g():\n    x = 1\n  y = 2", "g"),
    ],
)
def test_a_syntax_error_costs_its_statement(wrong, name):
    """In a program and in a cell; the fault has its place and the name that was lost."""
    text = AROUND.format(wrong=wrong)
    for suffix, source, place in (
        (".py", text, "file"),
        (".ipynb", notebook(text), "cell 1"),
    ):
        got = parse(source, suffix, ["f", "g"])
        sources = [got["statements"][i]["source"] for i in got["needs"]["f"]]
        assert ["import os", "def f():\n    return 1"] == [
            one for one in sources if "not" not in one
        ]
        if name is not None:
            assert {place} == {fault["place"] for fault in got["lost"]}
            assert [[name]] == [fault["binds"] for fault in got["lost"]][:1]
            assert 3 <= got["lost"][0]["line"] <= 3 + wrong.count("\n") + 1


@pytest.mark.parametrize("stray", ["}", "    x = 1"])
def test_a_stray_line_costs_only_itself(stray):
    """A bracket too many, or an indented line, after a statement that is whole."""
    got = parse(f"k = 1\n{stray}\ndef f():\n    return k", ".py", ["f"])
    assert ["k = 1", "def f():\n    return k"] == [
        s["source"] for s in got["statements"]
    ]


NEWER = {
    "def f[T: (int, str) = int](x):\n    return x\n": "3.12",
    "class f[*Ts]: pass\n": "3.12",
    "type f[T] = list[T]\n": "",  # it binds no function
    'f = lambda d: f"{d["a"]}"\n': "3.12",
    "def f(x):\n    return 'a' f'{x!r:{'b'}} {{' f'{'\\n'.join(x)=}' rf'\\{x['a']}'\n": "3.12",
    "def f(x):\n    return f'{\n  x  # a comment\n}'\n": "3.12",
    'def f(x):\n    return f"""{x["""a"""]}"""\n': "3.12",
    "def f(x):\n    return t'{x}'\n": "3.14",
    "def f(x):\n    try: return x\n    except KeyError, ValueError: return f'{x['a']}'\n": "3.14",
}
BROKEN = [
    "def f(x):\n    return f'{x['a']'\n",
    "def f(x):\n    return f'{x +}'\n",
    "def f(x):\n    return f'{x['a']} {}'\n",
    "def f(x):\n    return f'{x['a']!z}'\n",
    "def f(x):\n    return f'{x['a']} }'\n",
    "def f(x)\n    return f'{x['a']}'\n",
    "def f[T(x):\n    return x\n",
    "def f(x):\n    return f'{x['a']}\n",
    "def f(x):\n    return f'{x}' +\n",
]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="it reads most of these")
@pytest.mark.parametrize("text", NEWER)
def test_code_that_only_a_newer_python_reads_names_that_python(text):
    """In place of a syntax error: the student has made none."""
    lost = plan(f"{text}def g(): pass\n")["lost"][0]
    assert NEWER[text] in ("", lost["message"].removeprefix("python:"))
    assert (NOT_PERMITTED, ["f"] if NEWER[text] else []) == (
        lost["kind"],
        lost["binds"],
    )


@pytest.mark.parametrize("text", BROKEN)
def test_code_that_no_python_reads_is_the_student_s_own_error(text):
    """Whatever newer syntax stands beside it."""
    assert "SyntaxError" == plan(f"{text}def g(): pass\n")["lost"][0]["kind"]


def test_faults_are_few():
    """Fifty are enough to see that the file is no program."""
    got = plan("x = = 1\n" * 80)
    assert 50 == len(got["lost"])


@pytest.mark.parametrize("opening", ["(", "lambda: "])
@pytest.mark.parametrize("depth", [100, 100_000])
def test_deep_nesting_is_a_fault_or_read(opening, depth):
    """Whatever the parser says, the statement beside it stays."""
    closing = {"(": ")"}.get(opening, "")
    text = f"g = {opening * depth}1{closing * depth}\nf = 1\n"
    got = parse(text, ".py", ["f", "g"])
    if not got["problem"]:
        assert "f = 1" == got["statements"][-1]["source"]
        assert bool(got["needs"]["g"]) != (
            "g" in [name for fault in got["lost"] for name in fault["binds"]]
        )
    assert (len(text) > notebooks.MAX_CODE) == bool(got["problem"])


GUARDED = "try:\n    from d2l import torch as d2l\nexcept ImportError:\n    d2l = None"
LOOP = "    for epoch, loss in enumerate(f(1)):\n        print(epoch, loss)"
NEEDS = {  # a program, of which the statements after "- " are not needed by f
    "helpers": ["import torch", "RATE = 1", "- u = 3", "def f(x): return g(x)",
                "def g(x): return RATE * h(x)", "- def i(x): return u", "h = lambda x: x"],
    "an alias": ["def g(): pass", "- lost = 5", "f = h = g"],
    "a class": ["class Loss:\n    def __call__(self): pass", "f = Loss()"],
    "a global": ["k = 3", "def f():\n    global k\n    k += 1"],
    "a decorator": ["def deco(g): return g", "@deco\ndef f(): pass"],
    "a walrus": ["(k := 4)", "def f(): return k"],
    "with": ["with open('x') as k: pass", "def f(): return k"],
    "changes": ["def g(): pass", "k = make()", "k += 1", "k.a.b[0] = 1", "k.fill_(1)", "k['f'] = g",
                "def f(): return k"],
    "what runs for its effect": ["import torch", "k = 1", "def f(): return k", "- print(f(1))",
                                 "- train(f, k)",
                                 "- for i in f(): k = i", "- del k", "- other = f(k)", "- k.backward(g(1))",
                                 "- with torch.no_grad(): print(k)", "- torch.manual_seed(3)",
                                 "- if __name__ == '__main__':\n    f(k)"],
    "changes by a module": ["import random", "class Net: pass", "order = [1, 2]", "random.shuffle(order)",
                            "def forward(self): return order", "setattr(Net, 'forward', forward)",
                            "- print(order)", "- show(order)", "def f(): return Net()"],
    "no loop at first": ["order = []", "- for i in range(3): " "order.append(i)", "def f(): return order"],
    "imports": ["- from __future__ import " "annotations", "import os, re", "from math import *", GUARDED,
                "if True:\n    import sys", "- if True:\n    " "import json\n " "   run()", "f = 1", "import late"],
    "no import of what draws": ["import os", "- import matplotlib.pyplot as plt", "- plt.use('x')",
                                "- def g(): plt.show()", "def f(): return 1"],
    "an import of what draws": ["from matplotlib import pyplot", "- pyplot.use('x')",
                                "def g(): pyplot.show()", "def f(): g()"],
    "a comprehension's own name": ["def squared(): return 1", "loss = squared", "- losses = [1]",
                                   "- k = [[l for l in loss] " "for loss " "in losses]", "def f(): return loss()"],
    "a use that binds its name": ["X = 1", "def f(x): pass", "f = f(X)"],
    "a loop in a try": ["def g(x): return x", "loss = g", "def f(x): return loss(x)",
                        f"- try:\n{LOOP}\nexcept ValueError:\n    pass", f"- if True:\n{LOOP}"],
    "a later use": ["net = Own()", "def f(X): return net(X)", "- net = nn.Linear(2, 1)"],
    "no earlier one": ["def f(X): return net(X)", "net = Own()"],
    "a monkeypatch": ["import d2l", "class T: pass", "@d2l.add_to_class(T)\ndef fit(self): pass",
                      "def f(): return T()"],
    "no monkeypatch": ["import torch", "- @torch.no_grad()\ndef " "g(): pass", "def f(): return " "torch.ones(1)"],
    "bound through globals()": ["globals()['k'] = 1", "- lost = 5", "globals().update({'m': 1})",
                                "def f(): return k + m"],
    "bound in its own module": ["import sys", "setattr(sys.modules[__name__], 'k', 1)", "- lost = 5",
                                "def f(): return k"],
    "read through globals()": ["k = 1", "- lost = 5", "def f(): return globals()['k']"],
    "read from its own module": ["import sys", "me = sys.modules[__name__]", "k = 1", "- lost = 5",
                                 "def f(): return me.k"],
    "read from it at once": ["import sys", "k = 1", "- lost = 5", "def f(): return " "sys.modules[__name__].k"],
    "what cannot stand alone": ["- return 5", "f = 1", "- yield 3"],
}  # fmt: skip


@pytest.mark.parametrize("name", NEEDS)
def test_what_a_function_needs_is_kept_and_nothing_else(name):
    """In its order; training and plots at top level are never run."""
    text = "\n".join(statement.removeprefix("- ") for statement in NEEDS[name]) + "\n"
    assert [
        statement for statement in NEEDS[name] if not statement.startswith("- ")
    ] == needed(text)


MORE = {  # a program, of which only the statements after "+ " are run in addition if f fails
    "a loop that fills": ["k = []", "+ for i in range(3): " "k.append(i)", "- j = 1", "def f(): return k"],
    "a loop that calls": ["def g(x): return x", "k = []", "+ for i in range(3): k.append(g(i))",
                          "def f(): return k"],
    "a call with a call in it": ["k = {}", "+ k.update(dict(a=1))", "def f(): return k['a']"],
    "in a block": ["k = {}", "+ if True:\n    k['a'] = 1", "def f(): return k['a']"],
    "a comprehension": ["k = []", "+ [k.append(i) for i in range(3)]", "def f(): return k"],
    "what takes one out": ["k = [1, 2]", "+ last = k.pop()", "def f(): return k"],
    "a call of what declares it global": ["def g():\n    global k\n    k = 1", "+ g()",
                                          "def f(): return k"],
    "a call of what changes it": ["k = {}", "+ def put(x): k[x] = 1", "+ put('a')", "def f(): return k['a']"],
    "a decorator that registers": ["k = {}", "+ def put(g): " "k[g.__name__] = g", "+ @put\ndef g(): pass",
                                   "def f(): return k['g']()"],
    "and all that it needs": ["k = []", "+ n = 3", "+ def g(x): return x", "+ k.extend(map(g, " "range(n)))",
                              "def f(): return k"],
    "a deletion": ["sum = 0", "+ del sum", "def f(): return sum([1])"],
    "a part of a module": ["import torch", "def clear(self): pass", "- torch.manual_seed(1)",
                           "+ torch.Tensor.clear = clear", "def f(x): x.clear()"],
    "by another name": ["k = {'a': {}}", "+ j = k['a']", "+ j['b'] = 1", "def f(): return k['a']['b']"],
    "a class that registers": ["k = []", "class A:\n    def __init_subclass__(cls): k.append(cls)",
                               "+ class B(A): pass", "def f(): return k[0]"],
    "no call of f alone": ["k = []", "def f(x): k.append(x)", "- f(1)"],
    "no use of what has no value": ["def g(x): return x", "- print(g(1))", "def f(): return g(2)"],
}  # fmt: skip


@pytest.mark.parametrize("name", MORE)
def test_what_may_change_a_value_that_a_function_reads_is_run_if_it_fails(name):
    """Not at first: it may take long, and most right answers need none of it."""
    text = (
        "\n".join(
            statement.removeprefix("+ ").removeprefix("- ") for statement in MORE[name]
        )
        + "\n"
    )
    got = plan(text)
    more = [
        got["statements"][i]["source"] for i in got["more"].get("f", got["needs"]["f"])
    ]
    assert [
        statement.removeprefix("+ ")
        for statement in MORE[name]
        if statement[:2] != "- "
    ] == more
    assert {s[2:] for s in MORE[name] if s[:2] == "+ "}.isdisjoint(needed(text))


def test_the_first_statement_that_may_change_a_value_is_said():
    """Where more take too long to run, somebody must look at the line."""
    text = "def g(x): return x\nk = []\nfor i in range(3):\n    k.append(g(i))\ndef f(): return k\n"
    (each,) = plan(text)["skipped"].values()
    assert ("file", 3, "for i in range(3):") == (
        each["place"],
        each["line"],
        each["code"],
    )


def test_a_lambda_as_an_argument_defines_no_function():
    """Only one that gets a name does, as a `def` and a class do."""
    text = (
        "k = sorted([2], key=lambda i: i)\ng = lambda i: k\nh: object = lambda i: i\ndef "
        "f(): return g, h"
    )
    assert [False, True, True, True] == [
        each["defines"] for each in plan(text, functions="f")["statements"]
    ]


PARSED = ParsedSubmission(
    (
        Statement("file", 1, "k = 1", ["k"]),
        Statement("cell 2", 3, "def f(): return k", ["f"]),
    ),
    {"f": [0, 1], "g": []},
    (FailedStatement("file", 9, "SyntaxError", "invalid syntax", ("g",), "def g("),),
    ("f", "h"),
    ("f",),
    True,
    {"f": [0, 1]},
    {"f": FailedStatement("file", 5, "", "", code="for i in g(): k.append(i)")},
)


@pytest.mark.parametrize(
    "changes",
    [
        {
            "statements": [
                {
                    "place": "file",
                    "line": 1,
                    "source": "k",
                    "binds": [1],
                    "defines": False,
                }
            ]
        },
        {
            "statements": [
                {"place": "file", "line": 1, "source": "k", "binds": [], "defines": 1}
            ]
        },
        {"needs": {"f": [2]}},
        {"more": {"f": [2]}},
        {"lost": 5},
        {"names": {"f": 1}},
        {"other": 1},
    ],
    ids=str,
)
def test_what_no_reader_gives_is_refused(changes):
    """A worker that read a hostile file may say anything."""
    with pytest.raises(ValueError, match=r"^no \w+"):
        ParsedSubmission.from_wire(PARSED.to_wire() | changes)


WORDS = """
def f g lambda class if else elif for while try except return yield import from as global del with async
await None 1 x = == += -> * ** ( ) : [ ] { } , . ; @ \\ # ' " ! ? % %% %%time %%bash %time 学
"""
TOKENS = st.sampled_from(
    [
        *WORDS.split(),
        " ",
        "\n",
        "\n    ",
        "\t",
        "\r",
        "\x0c",
        "\x00",
        "\ufeff",
        "\u2028",
        '"' * 3,
    ]
)
CODE = st.lists(TOKENS, max_size=30).map(" ".join) | st.lists(TOKENS, max_size=30).map(
    "".join
)


def demand_plan(got, functions):
    """What the judge relies on."""
    keys = {
        "statements",
        "needs",
        "more",
        "lost",
        "skipped",
        "names",
        "written",
        "extras",
        "problem",
    }
    keys |= {"misread", "misnamed"}
    assert keys == got.keys()
    json.dumps(got)
    assert got == ParsedSubmission.from_wire(got).to_wire()
    if got["problem"]:
        return
    assert (
        set(functions)
        == got["needs"].keys()
        >= got["more"].keys()
        == got["skipped"].keys()
    )
    for indices in (*got["needs"].values(), *got["more"].values()):
        assert sorted(set(indices)) == indices
        assert all(0 <= i < len(got["statements"]) for i in indices)
    for statement in got["statements"]:
        compile(statement["source"], "f", "exec", dont_inherit=True)


@settings(max_examples=150, deadline=None)
@given(text=CODE | st.text(max_size=60), suffix=st.sampled_from([".py", ".ipynb"]))
def test_no_text_makes_the_reader_raise(text, suffix):
    """Faults are data, whatever comes."""
    demand_plan(parse(text, suffix, ["f", "g"]), ["f", "g"])
    demand_plan(parse(notebook(text, "f = 1"), ".ipynb", ["f"]), ["f"])


@pytest.mark.parametrize(
    ("call", "is_slow"),
    [
        ("torch.autograd.grad(loss, [w, b], torch.ones_like(loss))", True),
        ("grad(loss, (w, b), grad_outputs=v)", True),
        ("loss.backward(torch.ones_like(loss))", True),
        ("torch.autograd.grad(loss.sum(), [w, b])", False),
        ("loss.sum().backward()", False),
    ],
)
def test_gradients_of_a_vector_need_slow_imports(call, is_slow):
    """Those of a number do not; without the imports, each worker of such a file takes seconds
    for its own.
    """
    assert (
        is_slow
        is parse(f"def f(loss, w, b, v):\n    return {call}\n", ".py", ["f"])["extras"]
    )


# What is cut out means what it meant.

STATEMENTS = (
    "a = 1",
    "b = (1,\n     2)",
    "c = 1 + \\\n    2; i = 'é' ;j = 3 ;\\\nk = 4;\tl = 5;",
    "e = '''\\\n'''",
    "@staticmethod\ndef f(): return 1",
    "@(\n    staticmethod\n)\n# why\n\n@staticmethod\nclass C:\n\tx = 1; y = 2;",
    "@ \\\nstaticmethod\ndef g():\n    # inside\n    return 'é'",
    "if a:\n\tb = 2 \\\n\nelse:\n\tpass",
    "def h():\n    '''doc\n\n    é'''\n    return 1 \\\n",
    "try:\n    i = 1\nexcept ValueError:\n    i = 2\nfinally:\n    pass",
    "class j:\n\n    a = 1\n\n# outside\n    b = 2",
)
BETWEEN = (
    "\n",
    "  # a comment; = \\ @\n",
    "\n\\\n",
    "\n\n   \n",
)


def meanings(text: str) -> list[list]:
    """The place of each statement, and what Python takes it for."""
    return [
        [
            min(
                [node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]
            ),
            ast.dump(node),
        ]
        for node in ast.parse(text).body
    ]


@pytest.mark.parametrize("wrong", ["", "oops = = 1\n"])
@pytest.mark.parametrize("between", BETWEEN)
def test_a_statement_that_is_cut_out_means_what_it_meant(between, wrong):
    """Whatever stands between statements; and no statement is lost, also beside a syntax error."""
    text = between.join(STATEMENTS)
    found = [
        meanings("\n" * (one.line - 1) + one.source)[0]
        for piece in parser._pieces(wrong + text, [], "file")
        for one in parser._statements(piece, "file", [])
    ]
    assert meanings("\n" * bool(wrong) + text) == found


# What grew by the square: n of something.
GROWS = {
    "each needs the next": lambda n: (
        "\n".join(f"a{i} = a{i + 1}" for i in range(n)) + "\ndef f(): return a0"
    ),
    "one line": lambda n: "f = 1; " * n,
    "blank lines": lambda n: "(\n" + "\n" * n + "x",
    "tiny cells": lambda n: notebook(*["import a"] * (n // 4)),
}


@pytest.mark.parametrize("name", GROWS)
def test_the_time_grows_with_the_size(name):
    """20,000 of anything take no longer than a reader may: by CPU time, on a busy machine too."""
    text = GROWS[name](19_900)
    start = time.process_time()
    got = parse(text, ".ipynb" if text.startswith("{") else ".py", ["f"])
    assert Settings().load_seconds > time.process_time() - start
    assert got["problem"] is None


def reads_a_chain(count: int) -> float:
    """CPU seconds to find what may change the first of a chain of names; each reads the one
    before.
    """
    text = (
        "x0 = load()\n"
        + "\n".join(f"x{i + 1} = x{i}" for i in range(count))
        + "\ndef f(): return x0\n"
    )
    statements = [
        *parser._statements(next(parser._pieces(text, [], "file")), "file", [])
    ]
    needs = Needs(statements, ["f"])
    start = time.process_time()
    assert count == max(needs.statements_for("f")[1]) - 1
    return time.process_time() - start


def test_what_may_change_a_value_is_found_in_linear_time():
    """Eight times the statements take no more than sixteen times as long; the square would be
    sixty-four.
    """
    assert min(reads_a_chain(16_000) for _ in range(3)) < 16 * min(
        reads_a_chain(2_000) for _ in range(3)
    )
