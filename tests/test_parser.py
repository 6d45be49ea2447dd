"""The parser: any notebook or program is taken apart, and only what a function needs is kept."""

import ast
import json
import re
import sys
import textwrap
import time

import pytest
from file_helpers import table
from hypothesis import given, settings
from hypothesis import strategies as st
from platforms import notebook

from autograder.errors import NOT_PERMITTED
from autograder.reading import notebooks, parser
from autograder.reading.notebooks import TOO_LARGE
from autograder.reading.parsed import (
    FailedStatement,
    ParsedSubmission,
    Statement,
)
from autograder.reading.parser import parse
from autograder.settings import Settings


def plan(text, suffix=".py", functions=("f",)):
    return parse(
        textwrap.dedent(text).lstrip("\n") if suffix == ".py" else text,
        suffix,
        list(functions),
    )


def rows(got):
    """The place of each statement, and its text."""
    return [
        [one["place"], one["line"], one["source"]] for one in got["statements"]
    ]


def sources(got):
    """The text of each statement."""
    return [one["source"] for one in got["statements"]]


def needed(text, suffix=".py", function="f"):
    """The statements that a function needs, as text."""
    got = plan(text, suffix, (function,))
    return [got["statements"][i]["source"] for i in got["needs"][function]]


def problem_of(text, suffix=".py"):
    """What a student reads of a file that cannot be read."""
    return str(ParsedSubmission.from_wire(parse(text, suffix, ["f"])).problem)


# Notebooks.


@pytest.mark.parametrize(
    "source", ["a = 1\ndef f(): return a", ["a = 1\n", "def f(): return a"]]
)
def test_notebooks_are_read(source):
    """Sources as a string or as a list of lines; places count all cells."""
    text = notebook("import os", source)
    got = plan(text, ".ipynb")
    assert rows(got) == [
        ["cell 1", 1, "import os"],
        ["cell 2", 1, "a = 1"],
        ["cell 2", 2, "def f(): return a"],
    ]
    assert got["needs"] == {"f": [0, 1, 2]}
    assert got["failed"] == []


def test_only_code_cells_are_code():
    """Text, raw and unknown cells are counted, and not read."""
    odd = [None, "def f(): pass", {}, {"cell_type": "code"}]
    odd.append({"cell_type": "code", "source": [1, None]})
    for kind in ("markdown", "raw", 3):
        odd.append({"cell_type": kind, "source": "def f(): pass"})
    cells = [*odd, {"cell_type": "code", "source": "f = 2"}]
    assert rows(plan(json.dumps({"cells": cells}), ".ipynb")) == [
        ["cell 9", 1, "f = 2"]
    ]


@pytest.mark.parametrize(
    "text", ['{"cells":\n[', "[" * 100_000, "{}"], ids=lambda x: x[:20]
)
def test_what_is_no_notebook_has_a_problem(text):
    """A sentence, and no statements."""
    words = "The file is not a notebook. Save it again in Jupyter."
    assert problem_of(text, ".ipynb") == words
    assert parse(text, ".ipynb", ["f"])["statements"] == []


HALF = "#" * (notebooks.MAX_CODE // 2)


@pytest.mark.parametrize("cells", [[HALF, HALF, "f = 1"], [""] * 5001])
def test_more_code_than_a_student_writes_is_a_problem(cells):
    """The limit is on all cells together."""
    assert problem_of(notebook(*cells), ".ipynb") == TOO_LARGE
    assert problem_of("#" * (notebooks.MAX_CODE + 1)) == TOO_LARGE
    assert plan(notebook(HALF, HALF), ".ipynb")["problem"] is None


def test_outputs_are_not_read():
    """A whole number may be too long for Python."""
    text = notebook("f = 1").replace(
        '"outputs": [', '"outputs": [' + "9" * 5000
    )
    assert sources(plan(text, ".ipynb")) == ["f = 1"]


# Magics.


@pytest.mark.parametrize("magic", ["%%time", "  %%python3"])
def test_a_cell_under_a_python_magic_is_its_code(magic):
    """It still defines its function, on its own line."""
    got = plan(notebook(f"{magic}\ndef f():\n    return 1"), ".ipynb")
    assert rows(got) == [["cell 1", 2, "def f():\n    return 1"]]
    got = plan(notebook(f"\n{magic}\n%%time\nf = 1"), ".ipynb")
    assert rows(got) == [["cell 1", 4, "f = 1"]]


@pytest.mark.parametrize("magic", ["%%bash", "%%"])
def test_a_cell_in_another_language_is_left_out(magic):
    """Though it may look like Python."""
    got = plan(notebook(f"{magic}\nf = 1\necho ((", "def g(): pass"), ".ipynb")
    assert got["statements"] == []
    assert got["failed"] == []
    assert [*got["names"]] == ["g"]


@pytest.mark.parametrize(
    "line",
    ["%matplotlib inline", "torch.add?", "files = !ls -l 'x", "%time f()"],
)
@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_a_magic_line_costs_nothing_around_it(line, suffix):
    """Whether it is one of IPython's or of the shell's."""
    text = f"import os\n{line}\ndef f():\n    return 1"
    got = parse(notebook(text) if suffix == ".ipynb" else text, suffix, ["f"])
    assert sources(got) == ["import os", "def f():\n    return 1"]
    assert got["failed"] == []
    assert got["statements"][1]["line"] == 3


def test_a_magic_inside_a_function_is_a_call():
    """Of get_ipython, for which the worker has a stand-in."""
    assert needed(notebook("def f():\n    !ls\n    return 1"), ".ipynb") == [
        "def f():\n    get_ipython().system('ls')\n    return 1"
    ]


# Syntax errors cost a statement.

AROUND = """
import os
{wrong}
def f():
    return 1
"""


@pytest.mark.parametrize(
    ("wrong", "name"),
    table(r"""
def g(: 2)\n    return 2       -> g
g = 3 +                        -> g
x = 'unclosed                  -> x
def g():\n    x = = 1\n  y = 2 -> g
"""),
)
@pytest.mark.parametrize(
    ("suffix", "place"), [(".py", "file"), (".ipynb", "cell 1")]
)
def test_a_syntax_error_costs_its_statement(wrong, name, suffix, place):
    """The fault has its place and the name that was lost."""
    text = AROUND.format(wrong=wrong)
    got = parse(
        notebook(text) if suffix == ".ipynb" else text, suffix, ["f", "g"]
    )
    kept = [got["statements"][i]["source"] for i in got["needs"]["f"]]
    assert kept == ["import os", "def f():\n    return 1"]
    first = got["failed"][0]
    assert first["place"] == place
    assert first["binds"] == [name]
    assert 3 <= first["line"] <= 3 + wrong.count("\n") + 1


@pytest.mark.parametrize("stray", ["}", "    x = 1", "这不是代码"])
def test_a_stray_line_costs_only_itself(stray):
    """After a statement that is whole."""
    got = parse(f"k = 1\n{stray}\ndef f():\n    return k", ".py", ["f"])
    kept = [one for one in sources(got) if one != stray]
    assert kept == ["k = 1", "def f():\n    return k"]


NEWER = {
    "def f[T: (int, str) = int](x):\n    return x\n": "3.12",
    "class f[*Ts]: pass\n": "3.12",
    'f = lambda d: f"{d["a"]}"\n': "3.12",
    "def f(x):\n    return f'{'\\n'.join(x)} of {len(x)}'\n": "3.12",
}


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="it reads most of these"
)
@pytest.mark.parametrize("text", NEWER)
def test_code_that_only_a_newer_python_reads_names_that_python(text):
    """In place of a syntax error: the student has made none."""
    lost = plan(f"{text}def g(): pass\n")["failed"][0]
    assert lost["message"] == f"python:{NEWER[text]}"
    assert (lost["error"], lost["binds"]) == (NOT_PERMITTED, ["f"])


def test_no_python_takes_two_parameters_of_one_name():
    """It is Python's own error, and no version is missing."""
    (lost,) = plan("def f(x, x):\n    return x\n")["failed"]
    words = "duplicate argument 'x' in function definition"
    assert (lost["error"], lost["message"]) == ("SyntaxError", words)


@pytest.mark.parametrize("depth", [100, 20_000])
def test_deep_nesting_is_a_fault_or_read(depth):
    """Whatever the parser says, the statement beside it stays."""
    got = parse(f"g = {'(' * depth}1{')' * depth}\nf = 1\n", ".py", ["f", "g"])
    assert sources(got)[-1] == "f = 1"
    assert (got["failed"] == []) == bool(got["needs"]["g"])


def programs(text):
    r"""Statements by the name above them; \n is the end of a line in one."""
    found = {}
    for line in text.strip().split("\n"):
        if line.startswith("# "):
            statements = found[line] = []
        else:
            statements.append(line.replace("\\n", "\n"))
    return found


# Programs, of which the statements after "- " are not needed by f.
NEEDS = programs(r"""
# helpers
import torch
RATE = 1
- u = 3
def f(x): return g(x)
def g(x): return RATE * h(x)
- def i(x): return u
h = lambda x: x
# an alias
def g(): pass
- lost = 5
h = i = g
def f(): return i()
# a class
class Loss:\n    def __call__(self): pass
f = Loss()
# a decorator
def deco(g): return g
@deco\ndef f(): pass
# with
with open('x') as k: pass
def f(): return k
# changes
def g(): pass
k = make()
k += 1
k.a.b[0] = 1
k.fill_(1)
k['f'] = g
def f(): return k
# what runs for its effect
import torch
k = 1
def f(): return k
- print(f(1))
- train(f, k)
- for i in f(): k = i
- del k
- other = f(k)
- k.backward(g(1))
- with torch.no_grad(): print(k)
- torch.manual_seed(3)
- if __name__ == '__main__':\n    f(k)
# changes by a module
import random
class Net: pass
order = [1, 2]
random.shuffle(order)
def forward(self): return order
setattr(Net, 'forward', forward)
- print(order)
- show(order)
def f(): return Net()
# no loop at first
order = []
- for i in range(3): order.append(i)
def f(): return order
# imports
- from __future__ import annotations
import os, re
from math import *
try:\n    from d2l import torch as d2l\nexcept ImportError:\n    d2l = None
if True:\n    import sys
- if True:\n    import json\n    run()
f = 1
import late
# an import of what draws
from matplotlib import pyplot
- pyplot.use('x')
def g(): pyplot.show()
def f(): g()
# a later use
net = Own()
def f(X): return net(X)
- net = nn.Linear(2, 1)
# a monkeypatch
import d2l
class T: pass
@d2l.add_to_class(T)\ndef fit(self): pass
def f(): return T()
# what cannot stand alone
- return 5
f = 1
- yield 3
""")


@pytest.mark.parametrize("name", NEEDS)
def test_what_a_function_needs_is_kept_and_nothing_else(name):
    """In its order; training and plots at top level are never run."""
    text = (
        "\n".join(statement.removeprefix("- ") for statement in NEEDS[name])
        + "\n"
    )
    assert needed(text) == [
        statement for statement in NEEDS[name] if not statement.startswith("- ")
    ]


@pytest.mark.parametrize("aliases", ["f = h = g", "h = g\nf: object = h"])
def test_an_alias_is_bound_where_its_function_is_defined(aliases):
    """So that what runs in between, as a default, gets a double too."""
    first, *_ = needed(f"def g(): pass\n{aliases}\n")
    assert first == "def g(): pass\nf = g"


@pytest.mark.parametrize("aliases", ["f = h = 1", "g = 1\nf = g", "f = g()"])
def test_no_other_value_is_bound_where_a_function_is_defined(aliases):
    """A name that stands for it only for a while is none of its names."""
    text = f"def g(): pass\n{aliases}\n"
    assert not any(statement.endswith("\nf = g") for statement in needed(text))


# Programs, of which only the statements after "+ " are run in addition if f fails.
MORE = programs(r"""
# a loop that fills
k = []
+ for i in range(3): k.append(i)
- j = 1
def f(): return k
# a loop that calls
def g(x): return x
k = []
+ for i in range(3): k.append(g(i))
def f(): return k
# a call with a call in it
k = {}
+ k.update(dict(a=1))
def f(): return k['a']
# a call of what changes it
k = {}
+ def put(x): k[x] = 1
+ put('a')
def f(): return k['a']
# a decorator that registers
k = {}
+ def put(g): k[g.__name__] = g
+ @put\ndef g(): pass
def f(): return k['g']()
# and all that it needs
k = []
+ n = 3
+ def g(x): return x
+ k.extend(map(g, range(n)))
def f(): return k
# a deletion
sum = 0
+ del sum
def f(): return sum([1])
# by another name
k = {'a': {}}
+ j = k['a']
+ j['b'] = 1
def f(): return k['a']['b']
# no call of f alone
k = []
def f(x): k.append(x)
- f(1)
""")


@pytest.mark.parametrize("name", MORE)
def test_what_may_change_a_value_that_a_function_reads_is_run_if_it_fails(name):
    """Not at first: it may take long, and most right answers need none of it."""
    got = plan("\n".join(re.sub(r"^[+-] ", "", one) for one in MORE[name]))
    kept = got["fallback"].get("f", got["needs"]["f"])
    expected = [one.removeprefix("+ ") for one in MORE[name] if one[:2] != "- "]
    assert [got["statements"][i]["source"] for i in kept] == expected
    first = {got["statements"][i]["source"] for i in got["needs"]["f"]}
    assert not {one[2:] for one in MORE[name] if one[:2] == "+ "} & first


PARSED = ParsedSubmission(
    (
        Statement("file", 1, "k = 1", ["k"]),
        Statement("cell 2", 3, "def f(): return k", ["f"]),
    ),
    {"f": [0, 1], "g": []},
    (
        FailedStatement(
            "file", 9, "SyntaxError", "invalid syntax", ("g",), "def g("
        ),
    ),
    ("f", "h"),
    ("f",),
    True,
    {"f": [0, 1]},
)


STATEMENT = {
    "place": "file",
    "line": 1,
    "source": "k",
    "binds": [],
    "defines_function": False,
}


@pytest.mark.parametrize(
    "changes",
    [
        {"statements": [STATEMENT | {"binds": [1]}]},
        {"statements": [STATEMENT | {"defines_function": 1}]},
        {"needs": {"f": [2]}},
        {"fallback": {"f": [2]}},
        {"failed": 5},
        {"names": {"f": 1}},
        {"other": 1},
        {"problem": ["{line.__class__}", {"line": "1"}]},
        {"problem": [TOO_LARGE, {"most": 1}]},
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
    [*WORDS.split(), *" \n\t\r\x0c\x00\ufeff\u2028", '"""']
)
CODE = st.builds(
    str.join, st.sampled_from(["", " "]), st.lists(TOKENS, max_size=30)
)


def demand_plan(got, functions):
    """What the judge relies on."""
    json.dumps(got)
    assert ParsedSubmission.from_wire(got).to_wire() == got
    if got["problem"]:
        return
    assert {*functions} == got["needs"].keys() >= got["fallback"].keys()
    for indices in (*got["needs"].values(), *got["fallback"].values()):
        assert indices == sorted(set(indices))
        assert all(0 <= i < len(got["statements"]) for i in indices)
    for source in sources(got):
        compile(source, "f", "exec", dont_inherit=True)


@settings(max_examples=150, deadline=None)
@given(
    text=CODE | st.text(max_size=60), suffix=st.sampled_from([".py", ".ipynb"])
)
def test_no_text_makes_the_reader_raise(text, suffix):
    """Faults are data, whatever comes."""
    demand_plan(parse(text, suffix, ["f", "g"]), ["f", "g"])
    demand_plan(parse(notebook(text, "f = 1"), ".ipynb", ["f"]), ["f"])


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
BETWEEN = ("\n", "  # a comment; = \\ @\n", "\n\\\n", "\n\n   \n")


def meanings(text):
    """The place of each statement, and what Python takes it for."""
    found = []
    for node in ast.parse(text).body:
        first, *_ = [*getattr(node, "decorator_list", []), node]
        found.append([min(first.lineno, node.lineno), ast.dump(node)])
    return found


@pytest.mark.parametrize("wrong", ["", "oops = = 1\n"])
@pytest.mark.parametrize("between", BETWEEN)
def test_a_statement_that_is_cut_out_means_what_it_meant(between, wrong):
    """Whatever stands between statements; and no statement is lost, also beside a syntax error."""
    text = between.join(STATEMENTS)
    found = [
        meanings("\n" * (one.line - 1) + one.source)[0]
        for piece in parser._Cell("file", wrong + text, [], {}, []).chunks()
        for one in parser._statements(piece, "file", [])
    ]
    assert found == meanings("\n" * bool(wrong) + text)


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
