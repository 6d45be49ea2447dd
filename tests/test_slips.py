"""Slips: one change of a student's own line that makes every check pass, what it costs, and what
is said.
"""

import functools
import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from file_helpers import table
from warm import beside

from autograder import cache, exercises, sentences
from autograder.assessment import Assessment
from autograder.auditing import programs
from autograder.authoring.exercise import right_answers
from autograder.data import from_json
from autograder.intake.submission import Submission
from autograder.judging.report import report_exercise
from autograder.reading.repair import SIGNS, repairs
from autograder.reading.slips import slips
from autograder.reading.source import Change, changes_from_wire
from autograder.reporting.disclosure import HINTS, POINTS, limited
from autograder.reporting.pages import page
from autograder.results import Outcome, Report, Result, Slip
from autograder.settings import Settings

HEAD = "import random\n\nimport numpy as np\nimport torch\n\n"
ONE_SLIP = re.compile(r"(?m)^# (\w+), (\d+): (.*)\n")
CORPUS = Path(__file__).parent / "wrong_answers" / "one_slip.py"
PARTS = ONE_SLIP.split(CORPUS.read_text())[
    1:
]  # exercise, line, what is wrong, function
PROGRAMS = [
    pytest.param(
        name,
        int(line),
        source,
        id=f"{name}: {what}",
        marks=[pytest.mark.exhaustive] * (number % 8 > 0),
    )
    for number, (name, line, what, source) in enumerate(
        zip(*(PARTS[i::4] for i in range(4)))
    )
]
OF = {
    e.name: e
    for name in ("vectorization", "linear_regression")
    for e in exercises.load(name)
}


def made(source, asked=(), known=(), line=0, most=1000):
    """The texts that the changes of a function give, in the order in which they are tried."""
    found = slips(source, "f", [*asked], [*known], line, most)
    return [Change(**one).applied_to(source) for one in found]


@pytest.fixture(scope="module")
def searching(verdicts):
    """A judge of an assignment that looks for slips."""

    @functools.cache
    def judge_of(name):
        judge = verdicts[name]
        settings = replace(judge.settings, slip_changes=Settings().slip_changes)
        return beside(
            judge, judge.exercises, None, settings, cache.get_or_create
        )

    return judge_of


@pytest.fixture(scope="module")
def judged(verdicts, searching):
    """The results of one function, and what it cost, beside right ones of all others."""

    def results(name, source, is_searching=True):
        exercise = OF[name]
        judge = verdicts[exercise.assignment]
        judge = searching(exercise.assignment) if is_searching else judge
        sources = {one.function: one.right_source for one in judge.exercises}
        others = "".join(
            sources[one] for one in sources if one not in (name, "train")
        )
        parsed = judge.workers.parse(
            Submission("ada", "ada.py", HEAD + others + source)
        )
        trial = judge.trial(exercise, parsed, exercise.conditional)
        return report_exercise(trial, judge.mistakes)

    return results


def slip_of(results):
    return next((one.slip for one in results if one.slip), None)


def lost(results):
    return sum(one.points - one.earned for one in results)


@pytest.mark.parametrize(
    ("wrong", "right"),
    table(r"""
y_ht - y                    -> y_hat - y
y_hat.reshap(y.shape) - y   -> y_hat.reshape(y.shape) - y
y_hat + y                   -> y_hat - y
y_hat ^ 2 + y               -> y_hat ** 2 + y
y @ y_hat                   -> y_hat @ y
y_hat - y.reshape(y_hat)    -> y_hat - y.reshape(y_hat.shape)
y_hat[:-1] - y              -> y_hat - y
(y_hat - y).mean()          -> y_hat - y
torch.sub(y, y_hat)         -> torch.sub(y_hat, y)
y_hat.shape() + y           -> y_hat.shape + y
y_hat.shape(0) + y          -> y_hat.shape[0] + y
lr * (y_hat / 2 + y)        -> lr * (y_hat / 2)
y_hat.sum + y               -> y_hat.sum() + y
y_hat / (2 * y)             -> y_hat / y
y_hat, y                    -> y, y_hat
y_hat ** 3 - y              -> y_hat ** 2 - y
y_hat - y                   -> (y_hat - y) * lr
min(y_hat, 100) - y         -> y_hat - y
torch.sum(y_hat, dim=0) - y -> torch.sum(y_hat) - y
-y_hat - y                  -> y_hat - y
y_hat - y,                  -> y_hat - y
(y_hat - y,)                -> y_hat - y
"""),
)
def test_a_slip_in_an_expression_is_undone(wrong, right):
    """A name, an operator, a number, an order, a call or a factor."""
    function = "def f(y_hat, y, lr):\n    return {}"
    assert function.format(right) in made(function.format(wrong))


@pytest.mark.parametrize(
    ("wrong", "right"),
    table(r"""
x = random.shuffle(x)                       -> random.shuffle(x)
x.zero()                                    -> x.zero_()
x.sub(1)                                    -> x.sub_(1)
x =- 1                                      -> x -= 1
x[:] =- 2 * x / 3                           -> x[:] -= 2 * x / 3
x = 2                                       -> x += 2
x[0] = (x + 1) / 2                          -> x[0] -= (x + 1) / 2
for i in x:\n        i = 1                  -> for i in x:\n        i -= 1
x += 1                                      -> x -= 1
x.backward()                                -> x.sum().backward()
with torch.no_grad:\n        x = 1          -> with torch.no_grad():\n        x = 1
x = 1\n    for i in x:\n        yield i     -> for i in x:\n        x = 1\n        yield i
for i in x:\n        y = i\n        return y  -> for i in x:\n        y = i\n    return y
for i in x:\n        return i               -> for i in x:\n        yield i
x = 1\n    x = 2 * x                        -> x = 1\n    pass
y = x[i, j]                                 -> y = x[i:j]
x - 1                                       -> return x - 1
(x - 1)                                     -> return (x - 1)
y = x\n    y = (2 * y)                      -> y = x\n    return (2 * y)
x -= 1                                      -> x.data -= 1
x = x - (2 * x)                             -> x -= (2 * x)
x = x - 1                                   -> x.data -= 1
x[0] = x[0] - 1                             -> x[0] -= 1
x = x - 1\n    y = y - 2                    -> x -= 1\n    y -= 2
f(x, w, 1)                                  -> f([x, w], 1)
with torch.enable_grad():\n        x = 1    -> with torch.no_grad():\n        x = 1
"""),
)
def test_a_slip_in_a_statement_is_undone(wrong, right):
    """What is kept, in place, called, inside or behind its block, in order, or too many."""
    function = "def f(x):\n    {}"
    assert function.format(right) in made(function.format(wrong))


@pytest.mark.parametrize(
    ("wrong", "nonsense"),
    table(r"""
x = x.detach()             -> x = x
x += 1                     -> x *= 1
y = x + 1                  -> y += x + 1
y = x[-1]                  -> x[-0]
y = x / 4                  -> x / 1
y = x.get(0) + 1           -> y = 1
y = x.shape[1:]            -> x[1:]
if x - y > 2: x = 1        -> if x > 2: x = 1
x.zero()                   -> x.nonzero()
for y in (x, x + 1): x = y -> for y in x: x = y
y = -(x**2) / 2            -> y = -(-(x**2) / 2)
"""),
)
def test_no_change_leaves_a_text_that_nobody_would_write(wrong, nonsense):
    """One that computes for nothing, keeps only the number of a computation, or indexes
    something else.
    """
    assert [
        new
        for new in made(f"def f(x):\n    {wrong}\n    return x")
        if f"{nonsense}\n" in new
    ] == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    table(r"""
x[: n - 1], y[: n - 1]  -> x[: n], y[: n]
x.double() + y.double() -> x + y
barch * x + barch       -> batch * x + batch
x + 1, y + 1            -> x - 1, y - 1
"""),
)
def test_a_change_applies_at_all_equal_places(wrong, right):
    """Of the whole function, and also at one of them alone."""
    function = "def f(x, y, n, batch):\n    return {}"
    assert function.format(right) in made(function.format(wrong))


@pytest.mark.parametrize(
    ("source", "choice"),
    table(r"""
return x and y and n                                         -> return x\n
return x or y                                                -> return y\n
return x if n else y                                         -> return x\n
if n:\n        return x\n    return y                        ->     pass
if n:\n        n += 1\n        return g(x)\n    return y     -> \n    return g(x)
return x\n    return y                                       -> pass\n
z = x\n    z = y\n    return z                               -> z = x\n    pass
z = x\n    z = y\n    return z                               -> z = y\n    z = x
seen = {x.item() for x in y}\n    return seen                -> {x for
seen = {x.sum(): y}\n    return seen                         -> {x: y
seen = {}\n    seen[1] = x.item() in y\n    return seen      -> x in y
seen = {}\n    seen[x.item()] = y\n    return seen           -> seen[x]
seen = set(y.item() for y in x)\n    return seen             -> set(y for
seen = {}\n    seen.setdefault(x.item(), y)\n    return seen -> (x, y)
k = x.item()\n    return y if k in n else n                  -> k = x\n
"""),
)
def test_no_change_chooses_between_answers(source, choice):
    """Of several answers none is chosen: no operand, no branch, nothing that is hidden."""
    changed = made(f"def f(x, y, n):\n    {source}\n")
    assert [text for text in changed if choice in text] == []


@pytest.mark.parametrize("body", ["x * w", "torch.mul(x, w)", "x", "x.sum()"])
def test_no_operator_adds_what_an_exercise_is_about(body):
    """A product of matrices, a loop, a shuffle, a reshape, a gradient."""
    idea = re.compile("@|matmul|for|while|shuffle|reshape|backward|grad|with")
    assert not idea.search(
        "".join(made(f"def f(x, w):\n    y = {body}\n    return y"))
    )


def test_changes_of_a_text_that_does_not_parse_or_is_too_long_are_none():
    """The parser's worker answers, whatever it is given."""
    assert (
        []
        == made("def f(:")
        == made("def f(x):\n    return x" + " + 1" * 10_000)
    )


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (
            "def f（x，y）：\n    return “a” + x　+ 1",
            'def f(x,y):\n    return "a" + x + 1',
        ),
        (
            "def f(x):\n    # 好：\n    return x + '，'，",
            "def f(x):\n    # 好：\n    return x + '，',",
        ),
        ("a ＝ b × c ÷ d － １ − e【0】。f", "a = b * c / d - 1 - e[0].f"),
        ("print（＂：＂，‘，’）  ＃ ：", "print(\"：\",'，')  # ："),
        (
            "\n".join(["f（x，y）；g（x）"] * 40),
            "\n".join(["f(x,y);g(x)"] * 40),
        ),
        ("f(x：", ""),
        ("y = x²", ""),
    ],
)
def test_full_width_signs_become_narrow_where_python_does_not_take_them(
    wide, narrow
):
    """Not in comments and strings; and only if the rest is Python."""
    assert next(repairs(wide), "") == narrow


def test_the_self_check_has_the_same_table_of_full_width_signs():
    """It is released alone, so it has a copy."""
    text = (
        Path(__file__).parents[1] / "solutions" / "selfcheck.py"
    ).read_text()
    names = {}
    exec(text[text.index("SIGNS = ") : text.index("def _full_width")], names)
    assert names["SIGNS"] == SIGNS


@pytest.mark.parametrize(
    ("broken", "right"),
    table(r"""
def f(x)\n    return x                      -> def f(x):\n    return x
def f(x):\n    y = x\n     return y  # a: b -> def f(x):\n    y = x\n    return y  # a: b
def f(x):\n    y = x\n\treturn y            -> def f(x):\n    y = x\n    return y
def f(x):\nreturn x                         -> def f(x):\n    return x
def f(x):\n    return g(x, h(x)             -> def f(x):\n    return g(x, h(x))
def f(x):\n    y = [x, 1\n    return y      -> def f(x):\n    y = [x, 1]\n    return y
def f(x,):,\n    return x                   -> def f(x,):\n    return x
def f(x):\n    return (x + 1))              -> def f(x):\n    return (x + 1)
def f(x,, y):\n    return x                 -> def f(x, y):\n    return x
def f(x) return x                           -> def f(x): return x
def f(x);\n    return x                     -> def f(x):\n    return x
def f(x y):\n    return x                   -> def f(x, y):\n    return x
def f(x):\n    return [x, (x]]              -> def f(x):\n    return [x, (x)]
def f（x）\n    return x                      -> def f(x):\n    return x
def f(x)\n    return x × 2                  -> def f(x):\n    return x * 2
def f(x):\n    y = x\nreturn y              -> def f(x):\n    y = x\n    return y
def f(x):\n        if x:\n        g()\n        h() -> def f(x):\n    if x:\n        g()\n        h()
def f(x):\n    x.zero_)                    -> def f(x):\n    x.zero_()
def f(x):\n    y = [x)                     -> def f(x):\n    y = [x]
def askedx, y):\n    return x              -> def asked(x, y):\n    return x
"""),
)
def test_one_sign_or_blank_is_corrected_where_python_stops(broken, right):
    """A colon, a bracket, a comma or an indentation; a lone bracket becomes a method's call."""
    assert next(repairs(broken, ["asked"])) == right
    assert made(broken) == []


# What is wrong; a right answer's exercise, its text, what stands in its place, and the sort.
REPAIRED = {
    name: row
    for name, *row in table(r"""
a full-width colon              -> linreg       -> def linreg(X, w, b):                      -> def linreg(X, w, b)：                      -> wide
full-width operators            -> sgd          ->             p -= lr * p.grad / batch_size ->             p -= lr × p.grad ÷ batch_size -> wide
a full-width equals sign        -> squared_loss ->     loss = error**2 / 2                   ->     loss ＝ error**2 / 2                   -> wide
no colon                        -> linreg       -> def linreg(X, w, b):                      -> def linreg(X, w, b)                       -> syntax
no colon, and full-width commas -> linreg       -> def linreg(X, w, b):                      -> def linreg(X， w， b)                       -> syntax
an indentation                  -> squared_loss ->     loss = error**2 / 2                   ->      loss = error**2 / 2                  -> indent
a bracket before a number       -> squared_loss ->     loss = error**2 / 2                   ->     loss = error.div2) * error             -> syntax
a bracket, not at the end       -> squared_loss ->     loss = error**2 / 2                   ->     loss = (error * 2 ** 2 / 8            -> syntax
""")
}


@pytest.mark.parametrize("what", REPAIRED)
def test_what_python_cannot_read_costs_one_check(judges, what):
    """All that uses the function is judged as if it were written right; its line is told, and
    once for the file that it was corrected.
    """
    name, right, typed, sort = REPAIRED[what]
    answers = right_answers(exercises.load("linear_regression"))
    assert right in answers
    text = answers.replace(right, typed)
    report = judges["linear_regression"].judge(Submission("a", "a.py", text))
    (lost,) = (
        result for result in report.results if result.outcome != "passed"
    )
    slip = lost.slip
    assert (lost.exercise, slip.sort) == (name, sort)
    assert slip.source == typed.strip()
    words = f"`{name}` is not defined, because Python could not read line "
    assert words in sentences.message(lost)
    (note,) = map(sentences.sentence, report.notes)
    assert re.match(
        r"The checks ran with line \d+ corrected, which Python could not", note
    )


def test_a_correction_that_earns_nothing_is_not_shown(judges):
    """What the student reads is the parser's word on their own text, once for all checks."""
    answers = right_answers(exercises.load("vectorization"))
    assert answers.count("return a + b") == 1
    text = answers.replace("return a + b", "retrun a + b")
    report = judges["vectorization"].judge(Submission("a", "a.py", text))
    assert {one.earned for one in report.results} == {0}
    (words,) = {sentences.message(one) for one in report.results}
    assert "Python could not read line" in words
    assert "SyntaxError: invalid syntax" in words
    assert slip_of(report.results) is None
    assert report.notes == ()


def report_of(judges, changed):
    """The report of the right answers, with texts in place of others."""
    text = right_answers(exercises.load("linear_regression"))
    for right, typed in changed.items():
        assert right in text
        text = text.replace(right, typed)
    return judges["linear_regression"].judge(Submission("a", "a.py", text))


def faults_of(report, exercise):
    """The sentences of all checks of an exercise that failed."""
    return {
        sentences.message(result)
        for result in report.results
        if result.exercise == exercise and result.fault
    }


def test_what_calls_a_function_that_python_cannot_read_says_so(judges):
    """A line as it was corrected is no line of the student's, and raised nothing there."""
    changed = {"return torch.matmul(X, w) + b": "retrun torch.matmul(X, w) + b"}
    report = report_of(judges, changed)
    (words,) = faults_of(report, "linreg")
    assert "could not read line" in words
    assert faults_of(report, "end_to_end") == {words}


def test_a_corrected_line_that_raises_has_raised_nothing(judges):
    """The student's file ends before it: what Python could not read is told in its place."""
    line = "    error = y_hat - y.reshape(y_hat.shape)\n"
    typed = "    if y.dim() == 1: y = y[:, None].nothing\n"
    changed = {line: typed.replace(": y", " y") + line}
    report = report_of(judges, changed)
    (words,) = faults_of(report, "squared_loss")
    assert "could not read line" in words


def test_a_call_s_bracket_may_be_missing_before_a_sign(judges):
    """`reshape-1)` becomes a call, not a difference."""
    right = "y_hat - y.reshape(y_hat.shape)"
    line = "y_hat - y.reshape-1).reshape(y_hat.shape)"
    report = report_of(judges, {right: line})
    assert report.score == report.max_score - 2.5


def test_a_line_that_is_indented_does_not_leave_its_function(judges):
    """Nothing is repaired, rather than a function that ends above the line."""
    with_and_for = """\
    with torch.no_grad():
        for p in params:
"""
    for_and_with = """\
    "One step"
        for p in params:
    with torch.no_grad():
"""
    report = report_of(judges, {with_and_for: for_and_with})
    for function in ("sgd", "end_to_end"):
        (words,) = faults_of(report, function)
        assert "IndentationError: unexpected indent" in words


def test_a_corrected_line_costs_the_function_that_has_it(judges):
    """Not the one above, from which Python could not tell it apart."""
    changed = {
        "    rows = list": "    return []\n    rows = list",
        "def linreg(": " def linreg(",
    }
    report = report_of(judges, changed)
    assert "could not read" not in "".join(faults_of(report, "data_iter"))
    (words,) = faults_of(report, "linreg")
    assert "`linreg` is not defined, because Python could not read" in words
    (note,) = map(sentences.sentence, report.notes)
    assert "corrected, which Python could not read" in note


def test_a_function_inside_another_is_told_by_its_line(judges):
    """A name, or a `def`, that is indented too far."""
    changed = {
        "def linreg(": "    def linreg(",
        "    return torch.matmul": "        return torch.matmul",
    }
    for indented in (
        changed,
        {
            "def linreg(X, w, b):\n    return torch.matmul(X, w) + b": "    linreg = lambda X, w, b: X @ w + b"
        },
    ):
        report = report_of(judges, indented)
        (words,) = faults_of(report, "linreg")
        assert re.fullmatch(
            r"`linreg` is not defined. Is line \d+ indented too far\?", words
        )


def test_the_other_name_of_a_function_is_noted(judges):
    """The checks ran with both names, and the file has one."""
    report = report_of(judges, {"def linreg(": "def lirneg("})
    (note,) = map(sentences.sentence, report.notes)
    assert "`linreg` as another name for `lirneg`" in note
    assert faults_of(report, "end_to_end") == set()


TWO_NAMES = """def data_iter(batch_size, features, labels):
    order = torch.randperm(len(features))
    print(f"{batch_size} of {len(order)}")
    for i in range(0, len(order), batch_size):
        rows = order[i : i + batch_size]
        yield features[rows], labels[rows]
"""


@pytest.mark.parametrize("outside", ["", "batch_size = 10\nbarch_size = 10\n"])
@pytest.mark.parametrize(
    ("typed", "line", "also"),
    [
        (["i + batch_size"], 5, ()),
        (["data_iter(batch_size", "i + batch_size"], 1, (5,)),
        (["data_iter(batch_size", "{batch_size}", "i + batch"], 1, (3, 5)),
    ],
)
def test_the_asked_name_wins_where_both_exist(
    judged, outside, typed, line, also
):
    """Whether the parameter or a line has the other one, and whether globals have both."""
    source = TWO_NAMES
    for text in typed:
        source = source.replace(text, text.replace("batch", "barch"))
    results = judged("data_iter", outside + source)
    found = slip_of(results)
    assert lost(results) == results[0].points
    assert (found.line, found.sort, found.also) == (line, "spelling", also)
    assert found.fixed == found.source.replace("barch", "batch")


@pytest.mark.parametrize(
    ("wrong", "right"),
    table(r"""
def f(x, rate):\n    return x * lr        -> def f(x, lr):\n    return x * lr
def f(x, rate):\n    return x * lr / rate -> def f(x, lr):\n    return x * lr / lr
def f(x, lr):\n    return x * rate        -> def f(x, lr):\n    return x * lr
"""),
)
def test_a_name_from_outside_is_that_of_a_parameter(wrong, right):
    """Which gets the name that was asked for, and keeps it."""
    changed = made(wrong, ["x", "lr"], ["lr", "rate"])
    assert right in changed
    if "lr):" in wrong:
        assert [text for text in changed if "rate):" in text] == []


SENT = {
    "start": 0,
    "end": 1,
    "text": "x",
    "sort": "part",
    "also": [],
    "conditions": [],
}


@pytest.mark.parametrize(
    "change",
    [
        {"end": 9},
        {"end": "1"},
        {"start": -1},
        {"also": [[0, 1]]},
        {"also": [[2]]},
        {"conditions": [[7, 9]]},
    ],
)
def test_what_a_worker_sends_in_place_of_changes_is_none(change):
    """It has parsed a student's text."""
    assert changes_from_wire([SENT], 8) == [Change(0, 1, "x", "part")]
    for answer in ([SENT | change], None, [1], [{"start": 0}]):
        assert changes_from_wire(answer, 8) == []


@pytest.mark.parametrize(("name", "line", "source"), PROGRAMS)
def test_a_slip_costs_one_check_and_is_told_by_its_line(
    judged, name, line, source
):
    """Or is a known mistake."""
    results = judged(name, source)
    slip = slip_of(results)
    points = [one.points for one in results if one.lost > 0]
    assert lost(results) <= max(points)
    assert line == slip.line if slip else any(one.mistake for one in results)


REBOUND = """def sgd(params, lr, batch_size):
    with torch.no_grad():
        for p in params:
            p = p - lr * p.grad / batch_size
            p.grad.zero_()
"""


@pytest.mark.parametrize(
    ("source", "line", "fixed"),
    [
        (REBOUND, 4, "p -= lr * p.grad / batch_size"),
        (
            REBOUND.replace("            p.grad.zero_()\n", ""),
            4,
            "p -= lr * p.grad / batch_size",
        ),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n"
            "        p = p - lr * p.grad / batch_size\n",
            3,
            "p.data -= lr * p.grad / batch_size",
        ),
    ],
)
def test_a_parameter_that_gets_a_new_value_in_place_of_a_change_costs_one_check(
    judged, source, line, fixed
):
    """The commonest slip of `sgd`."""
    results = judged("sgd", source)
    assert lost(results) == results[0].points
    found = slip_of(results)
    assert found.line == line
    assert found.sort == "in place"
    assert found.fixed == fixed


ASCENT = """

def step(w, b, lr, n):
    w.data += lr * w.grad / n
    b.data += lr * b.grad / n
"""


def test_the_other_lines_that_need_the_same_change_are_named(judged):
    """With the first alone, nothing would pass."""
    source = OF["train"].right_source + ASCENT
    call = "sgd([w, b], lr, batch_size)"
    assert call in source
    source = source.replace(call, "step(w, b, lr, batch_size)")
    slip = slip_of(judged("train", source))
    assert (slip.name, slip.line, slip.also) == ("step", 2, (3,))
    sentence = sentences.slip_sentence(slip)
    assert sentence.endswith("instead. Make the same change in line 3.")


def test_a_misspelled_call_of_a_part_costs_one_check(judged):
    """The file defines the part, though nothing else in it uses that."""
    source = OF["train"].right_source.replace("sgd(", "SGD(")
    assert "SGD(" in source
    results = judged("train", source)
    assert lost(results) == results[0].points
    assert "SGD" in slip_of(results).source


def test_the_call_of_a_part_is_told_and_no_line_in_the_part(judged):
    """Here the call is in a helper, and its generator raises in the loop, for one check."""
    right = "data_iter(batch_size, features, labels)"
    wrong = "data_iter(features, labels, batch_size)"
    source = OF["train"].right_source
    assert right in source
    source = source.replace(right, "batches(batch_size, features, labels, 0)")
    source += "\n\ndef batches(batch_size, features, labels, start):\n"
    results = judged("train", f"{source}    return {wrong}\n")

    assert lost(results) == results[0].points
    assert slip_of(results).source == f"return {wrong}"
    assert slip_of(results).fixed == f"return {right}"
    assert results[0].fault.values["place"].startswith("train:4:for X, y in ")


EXPONENT = "def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ** 3 / 2\n"


def test_the_first_failed_check_costs_and_the_others_are_carried_forward(
    judged,
):
    """The line stands beside the first alone, and no hint of a check."""
    first, *others = judged("squared_loss", EXPONENT)
    line = "return (y_hat - y.reshape(y_hat.shape)) ** 3 / 2"
    slip = Slip(2, line, "off by one", line.replace("3", "2"))
    assert first.outcome == Outcome.FAILED
    assert first.slip == slip
    carried = [(Outcome.CARRIED_FORWARD, None)] * 3
    assert [(one.outcome, one.slip) for one in others] == carried
    assert "".join(map(sentences.hint, (first, *others))) == ""


def test_no_slip_is_looked_for_where_the_course_says_so(judged):
    """All that fails is lost then."""
    assert lost(judged("squared_loss", EXPONENT, is_searching=False)) == 5


LOOP = """def data_iter(batch_size, features, labels):
    rows = torch.randperm(len(features))
    i = 0
    while i < len(rows):
        yield features[rows[i:i + batch_size]], labels[rows[i:i + batch_size]]
        i += batch_size + 2
"""


def test_a_change_that_does_not_end_is_no_slip(judged):
    """Without its `i += batch_size` a loop goes on for ever, and later changes are tried all
    the same.
    """
    found = slip_of(judged("data_iter", LOOP))
    assert found.line == 6
    assert found.sort == "part"


RIGHT_LOSS = "(y_hat - y.reshape(y_hat.shape)) ** 2 / 2"


def test_a_change_that_fails_the_example_that_is_shown_is_no_slip(verdicts):
    """`seen.append(p)` passes all cases, but not the smallest, whose gradient of w is zero."""
    source = """def sgd(params, lr, batch_size):
    seen = []
    with torch.no_grad():
        for p in params:
            if any(q.shape == p.shape and torch.equal(q, p) for q in seen):
                continue
            seen.append(p.clone())
            p -= lr * p.grad / batch_size
"""
    shown = beside(verdicts["linear_regression"], [OF["sgd"]], None, Settings())
    parsed = shown.workers.parse(Submission("ada", "ada.py", HEAD + source))
    results = report_exercise(shown.trial(OF["sgd"], parsed), shown.mistakes)
    assert slip_of(results).sort == "block"


def test_a_condition_is_a_slip_without_a_text(judged):
    """The inputs do not show which number is right: only on which side of it they are."""
    line = "if len(X) > 5: y = y + b"
    source = f"def linreg(X, w, b):\n    y = X @ w\n    {line}\n    return y\n"
    assert slip_of(judged("linreg", source)) == Slip(3, line, "condition")


STEP = "p -= lr * p.grad / batch_size"
SOME = {
    "a counter": """i = 0
        for p in params:
            if i % 2 == 0:
                {step}
            i += 1""",
    "in a dict": """seen = {{"n": 0}}
        for p in params:
            if seen["n"] < 1:
                {step}
            seen["n"] += 1""",
    "a flag": """i, even = 0, True
        for p in params:
            if even:
                {step}
            even = not even""",
    "a flag of a counter": """i = 0
        for p in params:
            even = i % 2 == 0
            print(i)
            i = i + 1
            if even:
                {step}""",
    "what was seen": """seen = []
        for p in params:
            if len(seen) > 0:
                continue
            seen.append(p)
            {step}""",
    "with a branch": """i = 0
        for p in params:
            if i < 1:
                {step}
            else:
                p -= 0
            i += 1""",
}


@pytest.mark.parametrize("what", SOME)
def test_a_condition_is_told_and_not_what_it_counts(judged, what):
    """Without the counter all checks pass, which says nothing of what is wrong."""
    source = (
        "def sgd(params, lr, batch_size):\n    with torch.no_grad():\n        "
    )
    found = slip_of(judged("sgd", source + SOME[what].format(step=STEP)))
    assert found is None or found.source.startswith("if "), found
    assert found is None or found.fixed == ""


def test_a_gradient_that_is_kept_every_other_time_is_told_by_its_condition(
    judged,
):
    """The line that decides, and no repair."""
    source = OF["train"].right_source
    zeroing = "w.grad = b.grad = None\n"
    before = source[: source.index(zeroing)].rpartition("\n")[2]
    kept = f"if k % 2 == 0:\n{before}    {zeroing}{before}k += 1\n"
    source = source.replace(zeroing, kept)
    source = source.replace("losses = []", "losses, k = [], 0")
    found = slip_of(judged("train", source))
    assert (found.source, found.sort) == ("if k % 2 == 0:", "condition")


OPPOSITE = """def sgd(params, lr, batch_size):
    i = 0
    with torch.no_grad():
        for p in params:
            if i > 0:
                continue
            if not i > 0:
                p -= lr * p.grad / batch_size
            i += 1
"""


def test_what_makes_two_conditions_constant_is_no_slip(judged):
    """Where no one constant does it for both."""
    found = slip_of(judged("sgd", OPPOSITE))
    assert found is None or found.source != "i += 1"


COUNTED = """def data_iter(batch_size, features, labels):
    rows = []
    count = 0
    for i in torch.randperm(len(features)).tolist():
        rows.append(i)
        count += 1
        is_full = count == batch_size
        if is_full:
            yield features[rows], labels[rows]
            rows = []
            count = 0
    if rows:
        yield features[rows], labels[rows]
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("is_full = count == batch_size", "is_full = count == batch_size - 1"),
        ("    count = 0\n    for", "    count = 1\n    for"),
        ("count += 1", "count += 2"),
    ],
)
def test_a_slip_in_what_a_condition_needs_is_told_by_its_line(
    judged, right, wrong
):
    """Once it is undone, the condition is true and false as before."""
    found = slip_of(judged("data_iter", COUNTED.replace(right, wrong)))
    assert found.source == wrong.split("\n")[0].strip()
    assert found.fixed == right.split("\n")[0].strip()


@pytest.mark.parametrize(
    ("body", "conditions"),
    [
        ("k += 1\n    if k > 2: x = -x", ["k > 2"]),
        ("k += 1\n    j = k\n    if j: x = -x", ["j"]),
        ("k += 1\n    x = x if k else [y for y in x if k]", ["k", "k"]),
        ("k += 1\n    print(k)\n    if k: x = -x", ["k"]),
        ("k += 1\n    if k: x = -x * k", []),
        ("k += 1\n    if k: x = -x\n    return k", []),
        ("k += 1\n    while k < 3: x, k = -x, k + 1", []),
        ("k += 1\n    for k in x: x = -k", []),
        ("k += 1\n    if x: x = -x", []),
    ],
)
def test_what_feeds_conditions_alone_is_known(body, conditions):
    """It is read there, for others of this kind, and for prints, and nowhere else."""
    source = f"def f(x):\n    k = 0\n    {body}\n    return x\n"
    line = source.index("k += 1")
    found = [
        Change(**one)
        for one in slips(source, "f", ["x"], [], 0, 1000)
        if one["start"] <= line < one["end"]
    ]
    assert found
    for change in found:
        texts = [source[start:end] for start, end in change.conditions]
        assert texts == conditions


@pytest.mark.parametrize(
    ("head", "step"),
    table(r"""
for p in params:             -> p -= lr * p.grad / batch_size
for p in params:             -> p.sub_(lr * p.grad / batch_size)
for p in params:             -> p[:] = p - lr * p.grad / batch_size
for i in range(len(params)): -> params[i] -= lr * params[i].grad / batch_size
"""),
)
def test_a_step_that_is_recorded_costs_one_check(judged, head, step):
    """Its line is told."""
    source = f"def sgd(params, lr, batch_size):\n    {head}\n        {step}\n"
    results = judged("sgd", source)

    assert lost(results) == results[0].points
    assert slip_of(results).source == step
    assert slip_of(results).sort == "recording"


HALF = {
    name: row
    for name, *row in table(r"""
no product  -> linreg       -> def linreg(X, w, b):\n    return X * w + b\n
no reshape  -> squared_loss -> def squared_loss(y_hat, y):\n    return (y_hat - y) ** 3 / 2\n
no shuffle  -> data_iter    -> def data_iter(batch_size, features, labels):\n    rows = list(range(len(features)))\n    for i in range(0, len(rows) - 1, batch_size):\n        j = rows[i:i + batch_size]\n        yield features[j], labels[j]\n
no loop     -> sgd          -> def sgd(params, lr, batch_size):\n    params[0].data -= lr * params[0].grad\n
no step     -> sgd          -> def sgd(params, lr, batch_size):\n    return params\n
an argument -> vector_add   -> def vector_add(a, b):\n    return a\n
""")
}


@pytest.mark.parametrize("what", HALF)
def test_a_half_answer_has_no_slip(judged, what):
    """What it lacks is what the exercise is about."""
    assert slip_of(judged(*HALF[what])) is None


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", OF)
def test_no_lazy_answer_gains_a_point(searching, name):
    """Those that `autograder check` makes of the right answers."""
    judge = searching(OF[name].assignment)
    for program in programs.lazy(OF[name]):
        parsed = judge.workers.parse(program.submission)
        trial = judge.trial(OF[name], parsed)
        results = report_exercise(trial, judge.mistakes)
        assert sum(result.earned for result in results) == 0, program.name


SLIP = Slip(2, "return x", "operator", "return y")


@pytest.fixture
def report():
    lost = Result("f", "c", "t", 1, 0, Outcome.FAILED, slip=SLIP)
    return Assessment(Report("ada", "ada.py", "a", (lost,)))


def test_a_slip_goes_through_json(report):
    """As it was."""
    again = from_json(Report, json.loads(json.dumps(asdict(report.report))))
    assert again.results[0].slip == SLIP


def test_the_corrected_line_is_shown_only_with_everything(report):
    """Hints name the line alone."""
    line = "Line 2 of the function, `return x`: the function's checks pass"
    (hint,), (points,) = (
        limited(report.results, detail) for detail in (HINTS, POINTS)
    )
    assert sentences.slip_sentence(SLIP) == f"{line} with `return y` instead."
    assert (
        sentences.slip_sentence(hint.slip) == f"{line} after one change in it."
    )
    assert points.slip is None
    assert "Line 2 of the function" in page(report, HINTS)
    assert "return x" not in page(report, POINTS)
