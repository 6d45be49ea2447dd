"""The judge, on small exercises: how a check can end, what a student reads, and that it stays the same."""

from __future__ import annotations

import dataclasses
import functools
import os
import signal
from unittest.mock import Mock

import pytest
import torch
import warm
from hypothesis import strategies as st

from autograder.authoring import Exercise, expect, tensors
from autograder.errors import Ended, SandboxError
from autograder.intake.submission import Submission
from autograder.judging import cases, faults
from autograder.judging import judge as judging
from autograder.judging.check_runner import CheckRunner, Run
from autograder.judging.diagnosis import same
from autograder.judging.judge import Judge
from autograder.results import Outcome
from autograder.sandbox.deadline import Budget
from autograder.settings import Settings
from autograder.wire import Other, Raised

double = Exercise("double", order=1)
again = Exercise("again", order=2)
SETTINGS = Settings()
HASTY = Settings(check_seconds=1.0, single_seconds=1.0)  # for code that never ends


@double.answer
def right(x):
    return 2 * x


@double.check(points=1, given=tensors(x="n"), hint="Twice what?")
def doubles(double, x):
    """doubles each number"""
    expect.agreement(double, right, x)


@double.check(points=2, given=tensors(x="n m"), hint="Which shape came in?")
def keeps_shape(double, x):
    """keeps the shape of a matrix"""
    expect.agreement(double, right, x)


@double.check(points=1, given=tensors(x="n"), hint="Which operation writes into x?")
def leaves_x_alone(double, x):
    """makes a new tensor"""
    got = double.and_inputs(x)
    expect.that(isinstance(got.value, torch.Tensor), f"expected a tensor, got {expect.kind(got.value)}")
    expect.unchanged(got.inputs[0], x, "x")


@double.mistake(fails=[doubles, keeps_shape], says="You triple.")
def triples(x):
    return 3 * x


@double.mistake(fails=[keeps_shape], says="You flatten it.")
def flattens(x):
    return (2 * x).reshape(-1)


@again.answer
def once_more(x):
    return x + 1


@again.check(points=2, given=tensors(x="n"), hint="Is the second call as good as the first?")
def adds_up(again, x):
    """adds one at each call"""
    expect.close(again(again(x)), x + 2)


@again.check(points=1, hint="Try a large one.")
def takes_large(again):
    """takes a thousand numbers"""
    expect.close(again(torch.zeros(1000)), torch.ones(1000))


TINY = [double, again]
FINE = "def double(x): return 2 * x\n"
AGAIN = "def again(x): return x + 1\n"
ALL = [(e.name, c.name) for e in TINY for c in e.checks]


@functools.cache
def drawn(*exercises: Exercise) -> cases.Cases:
    """Once for all tests: of three exercises it takes most of a second."""
    return cases.draw("tiny", exercises, 1)


def tiny_cases() -> cases.Cases:
    """Not while tests are collected."""
    return drawn(*TINY)


@pytest.fixture(scope="module")
def judge():
    with Judge(TINY, tiny_cases(), SETTINGS, lend=warm.lend) as one:
        yield one


def report_on(judge: Judge, text: str, suffix: str = ".py"):
    return judge.judge(Submission("ada", f"ada{suffix}", text, suffix))


def outcomes(report) -> list[str]:
    return [str(result.outcome) for result in report.results]


def first(judge: Judge, text: str):
    """The result of the first check of `double`, or of whatever comes first."""
    return report_on(judge, text).results[0]


def without_times(report):
    return dataclasses.replace(report, seconds=0.0, timings={})


def beside(judge: Judge, *exercises: Exercise, settings: Settings = SETTINGS, **options) -> Judge:
    """A judge of other exercises in the same sandbox, which costs seconds to start."""
    other = Judge(exercises, drawn(*exercises), settings, **options)
    other._sandbox = judge.sandbox
    return other


# How a check can end.


def test_a_right_answer_earns_everything(judge):
    """Each check has a result, and none has a message."""
    report = report_on(judge, FINE + AGAIN)
    assert ["passed"] * 5 == outcomes(report)
    assert (7, 7, False) == (report.score, report.max_score, report.needs_a_person)
    assert ALL == [(r.exercise, r.check) for r in report.results]
    assert {("", "", "", "", "")} == {
        (r.message, r.example, r.mistake, r.says, r.hint) for r in report.results
    }
    assert ("ada", "ada.py", "tiny", ()) == (report.id, report.file, report.assignment, report.notes)
    assert 0 < report.seconds


def test_a_wrong_answer_fails_its_checks_alone(judge):
    """The others earn their points."""
    report = report_on(judge, "def double(x): return 2 * x if x.dim() == 1 else x\n" + AGAIN)
    assert ["passed", "failed", "passed", "passed", "passed"] == outcomes(report)
    assert [1, 0, 1, 2, 1] == [r.earned for r in report.results]
    lost = report.results[1]
    assert ("keeps the shape of a matrix", 2, "Which shape came in?") == (lost.title, lost.points, lost.hint)


@pytest.mark.parametrize(
    ("body", "outcome", "message"),
    [
        ("return 3 * x", "failed", "expected 0.5 at [0], got 0.75"),
        ("return None", "failed", "expected a tensor, got None (is there a return?)"),
        ("return x.double()", "failed", "expected dtype float32, got float64"),
        (
            "raise ValueError('no')",
            "error",
            "your code raised ValueError: no (in `double`, line 2: `raise ValueError('no')`)",
        ),
        ("raise KeyError", "error", "your code raised KeyError (in `double`, line 2: `raise KeyError`)"),
        (
            "raise SystemExit(0)",
            "error",
            "your code raised SystemExit: 0 (in `double`, line 2: `raise SystemExit(0)`)",
        ),
        (
            "return y",
            "error",
            "your code raised NameError: name 'y' is not defined (in `double`, line 2: `return y`)",
        ),
        ("while True: pass", "timeout", "it did not finish within 1 s"),
        ("import time; time.sleep(9)", "timeout", "it waited for 1 s without computing anything"),
        ("import os; os._exit(0)", "crashed", "it ended its process with status 0"),
        ("import ctypes; ctypes.string_at(0)", "crashed", "its process was ended by SIGSEGV"),
    ],
)
def test_each_end_has_its_outcome_and_words(judge, body, outcome, message):
    """Of every check, with the smallest input where a case shows it."""
    result = first(beside(judge, *TINY, settings=HASTY), f"def double(x):\n    {body}\n")
    assert (outcome, message, 0) == (str(result.outcome), result.message, result.earned)
    own = outcome == "failed" and message.startswith("expected 0.5") and not result.says
    assert own == ("Twice what?" == result.hint)  # a check's own hint is about values
    assert result.example in ("x = [0.]", "x = [0.25]", "x = [-0.25]")


def test_ten_gigabytes_are_an_error_of_that_function(judge):
    """Refused by the limit, in torch's own words."""
    report = report_on(judge, "import torch\ndef double(x): return torch.ones(10 << 28)\n" + AGAIN)
    assert ["error"] * 3 + ["passed"] * 2 == outcomes(report)
    assert report.results[0].message.startswith("your code raised ")


@pytest.mark.parametrize("body", ["while True: pass", "import os; os._exit(1)", "import time; time.sleep(9)"])
def test_what_hangs_or_dies_costs_its_own_function_alone(judge, body):
    """After two hangs the other checks of the function are not tried."""
    report = report_on(beside(judge, *TINY, settings=HASTY), f"def double(x):\n    {body}\n" + AGAIN)
    assert ["passed", "passed"] == outcomes(report)[3:]
    kind = "crashed" if "exit" in body else "timeout"
    assert [kind] * 3 == outcomes(report)[:3]
    if kind == "timeout":
        words = "not run, because an earlier check of this function ran out of time"
        assert (words, "", "") == (
            report.results[2].message,
            report.results[2].hint,
            report.results[2].example,
        )


def test_a_hang_in_some_cases_is_found_by_its_case(judge):
    """The first input at which it hangs; the checks whose inputs do not show it pass."""
    report = report_on(
        beside(judge, *TINY, settings=HASTY),
        "def double(x):\n    while x.dim() == 2 and x.numel() > 20: pass\n    return 2 * x\n",
    )
    assert ["passed", "timeout", "passed"] == outcomes(report)[:3]
    assert "x = a tensor of shape (5, 5)" == report.results[1].example


def test_a_slow_function_costs_no_more_than_its_deadlines(judge, monkeypatch):
    """0.15 s a call is too slow for all cases together, and no single one is to blame."""
    budgets, made = [], Budget.__init__
    monkeypatch.setattr(Budget, "__init__", lambda self, *of: budgets.append(self) or made(self, *of))
    slow = Exercise("slow", order=1)

    @slow.check(points=1, given=tensors(x="n"), cases=15, hint="h")
    def is_right(slow, x):
        """is right"""
        expect.close(slow(x), x)

    text = "import time\ndef slow(x):\n    end = time.process_time() + 0.15\n"
    text += "    while time.process_time() < end: pass\n    return x"
    report = report_on(beside(judge, slow, settings=HASTY), text)
    assert ["timeout"] == outcomes(report)
    whole = next(one for one in budgets if one.seconds == HASTY.submission_seconds)
    assert HASTY.check_seconds < whole.seconds - whole.left < 2 * HASTY.check_seconds


# A missing function.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "there is no function `double` in the file"),
        ("def doubel(x): return 2 * x", "there is no function `double` in the file; did you mean `doubel`?"),
        ("def again(x): return x", "there is no function `double` in the file"),
        ("double = 3", "there is no function `double` in the file"),
        (
            "def double(x:\n    return x",
            "line 1 defines double, but cannot be read: SyntaxError: '(' was never closed",
        ),
        (
            "double = 1 / 0",
            "line 1 defines double, but fails: ZeroDivisionError: division by zero",
        ),
        (
            "@n.fast\ndef double(x): return x",
            "line 1 defines double, but fails: NameError: name 'n' is not defined",
        ),
    ],
)
def test_a_missing_function_says_where_it_was_lost(judge, text, message):
    """Or a name that is near; in all its checks, and without a hint."""
    report = report_on(judge, text)
    assert {("missing", message, "", "", 0)} == {
        (str(r.outcome), r.message, r.hint, r.example, r.earned) for r in report.results[:3]
    }


def test_a_missing_function_in_a_notebook_is_told_by_its_cell(judge):
    """By the line itself: JupyterLab shows no cell's number."""
    import json

    cells = [{"cell_type": kind, "source": "def double(x) return x"} for kind in ("markdown", "code")]
    report = report_on(judge, json.dumps({"cells": cells}), ".ipynb")
    line = "the line `def double(x) return x`"
    words = f"{line} defines double, but cannot be read: SyntaxError: expected ':'"
    assert words == report.results[0].message
    assert (f"{line} could not be read: expected ':'",) == report.notes


def test_a_file_that_is_none_has_a_report(judge):
    """With the reason, in each check and as a note; only what cannot be right is a zero."""
    not_json, page = "the file is no notebook: it is not JSON (line 1)", "the file is a web page"
    for source, problem, outcome in (
        (Submission("ada", "a.py", problem="the file is empty"), "the file is empty", "missing"),
        (Submission("ada", "a.ipynb", "x", ".ipynb"), not_json, "grader_error"),
        (Submission("ada", "a.py", problem=page, needs_a_person=True, name="Ada"), page, "grader_error"),
    ):
        report = judge.judge(dataclasses.replace(source, flags=("late",)))
        assert (0, 7, (problem,), ("late",)) == (report.score, report.max_score, report.notes, report.flags)
        assert {(outcome, problem)} == {(str(r.outcome), r.message) for r in report.results}
        assert (source.name, outcome == "grader_error") == (report.name, report.needs_a_person)


def test_a_function_that_is_not_written_says_only_that(judge):
    """No smallest input and no hint: there is nothing to compare yet."""
    report = report_on(judge, "def double(x):\n    raise NotImplementedError('double')\n")
    want = "it is not written yet: replace the line that raises NotImplementedError"
    assert {("error", want, "", "")} == {
        (str(r.outcome), r.message, r.hint, r.example) for r in report.results[:3]
    }


def test_torch_s_own_not_implemented_is_an_error(judge):
    """The student wrote the function, and reads what torch said of it."""
    result = first(
        judge, "import torch\ndef double(x): return torch.ones(2, 2).bool() @ torch.ones(2, 2).bool()\n"
    )
    assert "not written" not in result.message


def test_a_crash_while_loading_is_told_from_one_in_the_function(judge):
    """In each check, once."""
    report = report_on(judge, f"import os\nk = os._exit(4)\n{FINE.replace('2', '2 * k')}{AGAIN}")
    words = "while its cell was run: it ended its process with status 4"
    assert [("crashed", words)] * 3 == [(str(r.outcome), r.message) for r in report.results[:3]]
    assert ["passed"] * 2 == outcomes(report)[3:]


def test_a_hang_while_loading_ends(judge):
    """Its statements have a deadline of their own."""
    other = beside(judge, double, settings=dataclasses.replace(SETTINGS, load_seconds=0.3))
    text = f"def endless():\n    while True: pass\nk = endless()\n{FINE.replace('2', '2 * k')}"
    words = "while its cell was run: it did not finish within 0.3 s"
    assert words == first(other, text).message


def test_a_report_made_without_walls_says_so(judge):
    """In its flags, beside its own: an instructor must know."""
    other = beside(judge, double, settings=dataclasses.replace(SETTINGS, unsafe=True))
    report = other.judge(Submission("ada", "ada.py", FINE, flags=("late",)))
    words = f"graded with --unsafe; walls around this code: {judge.sandbox.walls}"
    assert ("late", words) == report.flags
    assert ("late",) == judge.judge(Submission("ada", "ada.py", FINE, flags=("late",))).flags


# Ours: a check that is broken.

BROKEN = Exercise("double", order=1)


@BROKEN.check(points=1, given=tensors(x="n"), hint="h")
def breaks_after_asking(double, x):
    """breaks after it asked"""
    double(x)
    raise TypeError("the check is at /home/ada/kit/checks.py")


@BROKEN.check(points=1, given=tensors(x="n"), hint="h")
def holds(double, x):
    """holds"""
    expect.close(double(x), 2 * x)


def test_a_broken_check_is_a_grader_error(judge):
    """For a right answer and for a wrong one: never the student's loss, and never silent."""
    other = beside(judge, BROKEN)
    for text, second in ((FINE, "passed"), ("def double(x): return x", "failed")):
        report = report_on(other, text)
        assert ["grader_error", second] == outcomes(report)
        assert report.needs_a_person
        assert "TypeError: the check is at …/checks.py" == report.results[0].message
        assert "" == report.results[0].hint
        assert "TypeError: the check is at …/checks.py" == report.reason
        assert "in breaks_after_asking" in report.log  # with every line of ours, and not for a student
        assert report.log.endswith("TypeError: the check is at /home/ada/kit/checks.py\n")
        assert "log" not in report.to_json()


def test_a_check_that_breaks_before_it_asks_is_a_grader_error(judge):
    """There is nothing to send: a person must look, and no second try would help."""
    early = Exercise("double", order=1)

    @early.check(points=1, given=tensors(x="n"), hint="h")
    def breaks(double, x):
        """breaks"""
        raise TypeError("oops")

    report = report_on(beside(judge, early), FINE)
    assert ["grader_error"] == outcomes(report)
    assert "oops" in report.results[0].message
    assert report.needs_a_person
    assert 1 == report.log.count("RuntimeError: breaks asks nothing")


# What a student reads.


def test_the_smallest_input_is_shown(judge):
    """The simplest numbers at which it fails, of as few elements as show it."""
    result = first(judge, "def double(x): return 2 * x if x.abs().max() < 3 else x\n")
    assert ("x = [3.]", "expected 6 at [0], got 3") == (result.example, result.message)
    result = first(judge, "def double(x): return 2 * x if len(x) < 3 else x + x[0]\n")
    assert "x = [0., 0., 0.25]" == result.example
    result = first(judge, "def double(x): return x.new_zeros(2) if len(x) == 4 else 2 * x\n")
    assert ("x = [0., 0., 0., 0.]", "expected shape (4,), got (2,)") == (result.example, result.message)


@pytest.mark.parametrize(
    ("text", "name", "says", "failed"),
    [
        ("def double(x): return x + x + x", "triples", "You triple.", [0, 1]),
        ("def double(x): return (x + x).flatten()", "flattens", "You flatten it.", [1]),
        ("def double(x): return 4 * x", "", "", [0, 1]),
        ("def double(x): return 2 * x if x.dim() == 1 else x", "", "", [1]),
    ],
)
def test_a_known_mistake_is_named(judge, text, name, says, failed):
    """Where all answers equal its answers; one that fails the same checks otherwise is not."""
    report = report_on(judge, text)
    want = [(name, says) if i in failed else ("", "") for i in range(3)]
    assert want == [(r.mistake, r.says) for r in report.results[:3]]
    assert failed == [i for i in range(3) if report.results[i].earned == 0]


def test_a_known_mistake_that_the_machine_ends_is_asked_again(judge, monkeypatch):
    """Nothing of it is kept, so that later submissions are named all the same."""
    kept = {}
    other = beside(judge, double, get_or_create=lambda name, make: kept.setdefault(name, make()))
    with monkeypatch.context() as patch:
        patch.setattr(CheckRunner, "run", Mock(side_effect=Ended("signal", signal="SIGKILL")))
        with pytest.raises(Ended):
            other.mistakes.of(double, double.mistakes[0])
    assert {} == kept
    report = report_on(other, "def double(x): return x + x + x")
    name = f"{other.cases.hash}-{SETTINGS.digest}-double.triples"
    names = [f"{name}.soon", name, f"{name}.smallest"]
    assert ("triples", names) == (report.results[0].mistake, [*kept])


def test_a_known_mistake_s_example_is_looked_for_once_somebody_makes_it(judge, monkeypatch):
    """That takes longer than all its answers, of which the first tell it from others; nothing is kept where
    its worker ends."""
    kept = {}
    other = beside(
        judge, double, get_or_create=lambda name, make: kept.get(name) or kept.setdefault(name, make())
    )
    report_on(other, "def double(x): return 4 * x")
    assert ["double.triples.soon"] == [name.rpartition("-")[2] for name in kept]
    with monkeypatch.context() as patch:
        patch.setattr(CheckRunner, "smallest", Mock(side_effect=Ended("gone")))
        assert other.mistakes.smallest(double, double.mistakes[0]) is None
    assert 1 == len(kept)
    assert {"x"} == other.mistakes.smallest(double, double.mistakes[0]).keys()
    assert 2 == len(kept)


def test_a_named_mistake_s_example_is_its_own(judge):
    """No search is needed where it fails here as well."""
    check = beside(judge, double).checks["double"][0]
    run = Run(faults.fault("differs", words="too much"), case=check.order[-1], key=b"the same")
    own = {"x": torch.full((4,), 9.0)}
    with judge.sandbox.worker() as worker:
        worker.load([["file", 1, "def double(x): return x"]], ["double"], {}, 1.0)
        case, _, left = check.smallest(run, worker, frozenset(), 7, own)
    assert case is own
    assert 7 == left


DRAWN = sum(check.cases for check in double.checks[:3])  # calls, before anybody looks for a reason
LONG = "(4 * x if x.numel() > 3 else 2 * x)"
LATER = """
calls = []
def double(x):
    calls.append(1)
    return {} if len(calls) <= DRAWN else {}
""".replace("DRAWN", str(DRAWN))


@pytest.mark.parametrize(
    ("honest", "before"),
    [
        (LONG, [LATER.format(LONG, "2 * x")]),
        (LONG, [LATER.format(LONG, "1 / 0")]),
        # its verdict on the first check is remembered, so that the next is asked that one once more
        ("3 * x", ["def double(x): return 3 * x if x.dim() == 1 else 7 * x", LATER.format("3 * x", "5 * x")]),
        ("5 * x", ["def double(x): return 5 * x if x.dim() == 1 else 7 * x", LATER.format("5 * x", "3 * x")]),
    ],
    ids=["passes while shrinking", "raises while shrinking", "hides a mistake", "forges a mistake"],
)
def test_nobody_changes_what_another_reads(judge, honest, before):
    """One who answers alike may answer otherwise where nobody grades: in a search, or asked again."""
    alone, after = beside(judge, double), beside(judge, double)
    for text in before:
        report_on(after, text)
    text = f"def double(x): return {honest}"
    assert shown(report_on(alone, text)) == shown(report_on(after, text))


def shown(report):
    return [(r.check, r.earned, r.message, r.mistake, r.example) for r in report.results]


halve = Exercise("halve", order=1)


@halve.answer
def half(x):
    return x / 2


@halve.check(points=1, given=tensors(x="n"), hint="Which operation?")
def halves(halve, x):
    """halves each number"""
    expect.close(halve(x), x / 2)


@halve.check(points=2, given=tensors(x="n m"), hint="Which shape?")
def halves_matrices(halve, x):
    """halves a matrix"""
    expect.close(halve(x), x / 2)


@halve.check(points=1, given=tensors(x="n"), hint="Which shape came in?")
def halves_a_column(halve, x):
    """halves a column"""
    expect.close(halve(x.reshape(-1, 1)), x.reshape(-1, 1) / 2)


@halve.mistake(fails=[halves, halves_matrices, halves_a_column], costs=[halves_matrices], says="You double.")
def doubles_instead(x):
    return 2 * x


def test_a_mistake_costs_the_claims_that_it_breaks_and_no_more(judge):
    """The points of the others are given, with a word that says why; its words stand where it costs."""
    report = report_on(beside(judge, halve), "def halve(x): return x + x")
    assert ["followed", "failed", "followed"] == outcomes(report)
    assert [1, 0, 1] == [r.earned for r in report.results]
    assert ["doubles_instead"] * 3 == [r.mistake for r in report.results]
    assert ["", "You double.", ""] == [r.says for r in report.results]
    words = "graded as if that mistake were right (error carried forward)"
    assert [(words, "", ""), (words, "", "")] == [
        (r.message, r.example, r.hint) for r in report.results if r.outcome is Outcome.FOLLOWED
    ]
    assert "x = [[0.25]]" == report.results[1].example
    assert not report.needs_a_person


def test_an_unnamed_failure_costs_all_its_checks(judge):
    """Whoever fails the same checks in another way."""
    report = report_on(beside(judge, halve), "def halve(x): return x + 1")
    assert ["failed"] * 3 == outcomes(report)
    assert 0 == report.score


@pytest.mark.slow
def test_an_optimiser_is_ready_where_one_is_named(judge):
    """To import torch's compiler in each worker would take longer than the deadlines here."""
    with Judge([double], tiny_cases(), SETTINGS, lend=warm.lend) as alone:
        assert 4 == report_on(alone, "def double(x): return 2 * x").score
        assert "compiler" not in alone.sandbox._warm
        for step in ("torch.optim.SGD([x.clone()], lr=1.0).step()", "torch.func.grad(torch.sum)(x)"):
            text = f"import torch\ndef double(x):\n    {step}\n    return 2 * x\n"
            assert 4 == report_on(alone, text).score
        assert "compiler" in alone.sandbox._warm


IS_READY = "'sympy' in sys.modules"
GIVES_NONE = f"import sys\ndef double(x): return x if {IS_READY} else 2 * x\n"
GIVES_A_GRADIENT = f"""import sys, torch
def double(x):
    is_ready = {IS_READY}
    l = 2 * torch.ones(2, requires_grad=True)
    l.backward(torch.ones_like(l))
    return 2 * x if is_ready else x
"""


def test_torchs_algebra_is_ready_where_a_gradient_is_given(judge):
    """A check's own gradients need none of it, so nobody else waits for it."""
    with Judge([double], tiny_cases(), SETTINGS, lend=warm.lend) as alone:
        assert 4 == report_on(alone, GIVES_NONE).score
        assert alone.sandbox._folder is None
        assert 4 == report_on(alone, GIVES_A_GRADIENT).score
        assert alone.sandbox._folder is not None


DRAWS = """import io
pages = []
def double(x):
    import math, matplotlib.pyplot as p
    if not pages:
        figure, axes = p.subplots()
        axes.plot(x.reshape(-1).tolist(), label="x")
        axes.legend()
        file = io.BytesIO()
        figure.savefig(file)
        pages.append(file.getvalue())
    return 2 * x if len(pages[0]) > 1000 else x
"""


@pytest.mark.slow
@pytest.mark.parametrize("outside", [True, False])
def test_what_draws_is_ready_where_it_may_be_imported(judge, outside):
    """A worker could not import it: it makes files.  Behind bubblewrap and without."""
    walls = {"lend": warm.lend} if outside else {"bwrap": False}
    with Judge([double], tiny_cases(), SETTINGS, **walls) as alone:
        unused = "import matplotlib.pyplot as plt\nplt.figure()\n"
        assert 4 == report_on(alone, unused + "def double(x): return 2 * x").score
        assert "figures" not in alone.sandbox._warm
        assert 4 == report_on(alone, DRAWS).score
        assert "figures" in alone.sandbox._warm


def test_what_a_student_raises_is_cleaned(judge):
    """The same words in every run and on every machine."""
    result = first(judge, "def double(x): raise ValueError(f'{object()} in /usr/lib/python/x.py\\n\\x1b')\n")
    words = "your code raised ValueError: <object object at 0x…> in …/x.py ? (in `double`, line 1: "
    assert result.message.startswith(words)


# Asking twice.


@pytest.mark.parametrize(
    ("text", "outcome", "message"),
    [
        (AGAIN, "passed", ""),
        ("def again(x): return x + 2", "failed", "expected 2 at [0], got 4"),
        ("n = []\ndef again(x):\n    n.append(1)\n    return x + (len(n) > 100)", "failed", None),
        ("def again(x): return x + 1 if (x == x.round()).all() else x.oops", "error", None),
        ("def again(x): return 5", "failed", "expected a tensor, got the number 10"),
    ],
)
def test_a_check_may_ask_twice(judge, text, outcome, message):
    """The second question holds the first one's answer."""
    result = report_on(judge, text.replace("return 5", "return x if x == 10 else 10")).results[3]
    if "return 5" in text:
        assert "passed" != str(result.outcome)
        return
    assert outcome == str(result.outcome)
    assert message is None or message == result.message


def test_a_single_check_is_asked_call_by_call(judge):
    """On its one large input."""
    result = report_on(judge, "def again(x):\n    return x + 1 if len(x) < 9 else x").results[4]
    assert ("failed", "expected 1 at [0], got 0") == (str(result.outcome), result.message)


# Together: exercises that are right share a worker; what is not right there is judged alone.


def workers_of(judge: Judge, monkeypatch) -> list:
    """Filled with each worker that the judge takes from now on."""
    taken, take = [], judge.sandbox.worker
    monkeypatch.setattr(judge.sandbox, "worker", lambda *args: taken.append(take(*args)) or taken[-1])
    return taken


def test_right_answers_share_a_worker(judge, monkeypatch):
    """Two exercises, one process; a wrong one has another of its own."""
    assert ["passed"] * 5 == outcomes(report_on(judge, FINE + AGAIN))  # the reader's worker is there now
    taken = workers_of(judge, monkeypatch)
    assert ["passed"] * 5 == outcomes(report_on(judge, FINE + AGAIN))
    assert 1 == len(taken)
    report = report_on(judge, "def double(x): return x\n" + AGAIN)
    assert ["passed", "passed"] == outcomes(report)[3:]
    assert 3 <= len(taken)  # and one for a known mistake that fails as much


@pytest.mark.parametrize(
    "spoils",
    [
        "torch.add = torch.mul = None",
        "torch.Tensor.__add__ = None",
        "import os; os._exit(3)",
        "while True: pass",
        "raise ValueError",
    ],
)
def test_a_function_costs_none_that_comes_after_it(judge, spoils):
    """Whatever it does to the process in which both were first run."""
    text = f"import torch\ndef double(x):\n    {spoils}\n    return x\n"
    report = report_on(beside(judge, *TINY, settings=HASTY), text + AGAIN)
    assert "passed" not in outcomes(report)[:2]
    assert ["passed", "passed"] == outcomes(report)[3:]


def test_a_function_owes_its_points_to_itself(judge):
    """A name that only another function's statements make is not there for it."""
    report = report_on(judge, "def double(x):\n    global one\n    one = 1\n    return 2 * x\n" + AGAIN)
    assert ["passed"] * 5 == outcomes(report)
    report = report_on(
        judge, "def double(x):\n    global one\n    one = 1\n    return 2 * x\ndef again(x): return x + one\n"
    )
    assert ["passed"] * 3 + ["error"] * 2 == outcomes(report)


def test_a_hang_costs_a_moment_more(judge, monkeypatch):
    """The shared worker has a deadline of its own, shorter than that of a worker alone."""
    deadlines, run = [], CheckRunner.run

    def noted(self, worker, passed, seconds=None, keep_answers=False):
        deadlines.append(seconds)
        return run(self, worker, passed, seconds, keep_answers)

    monkeypatch.setattr(CheckRunner, "run", noted)
    other = beside(judge, *TINY, settings=dataclasses.replace(HASTY, shared_seconds=0.1))
    report = report_on(other, "def double(x):\n    while True: pass\n" + AGAIN)
    assert ["timeout"] * 3 + ["passed"] * 2 == outcomes(report)
    assert [0.1, None] == deadlines[:2]
    assert 1 == deadlines.count(0.1)


def test_remembered_verdicts_give_the_same_result(judge):
    """Equal answers are looked at once; the words and the mistake's name are those of the first."""
    other = beside(judge, *TINY)
    texts = ["def double(x): return 3 * x\n" + AGAIN, "def double(x):\n    return x + x + x\n" + AGAIN]
    reports, known = [], []
    for text in texts:
        reports.append(report_on(other, text))
        known.append([len(check.verdicts) for check in other.checks["double"]])
    assert known[0] == known[1]
    assert without_times(reports[0]) == without_times(reports[1])
    assert "triples" == reports[1].results[0].mistake
    assert "x = [0.25]" == reports[1].results[0].example


def test_an_answer_seen_before_is_not_looked_at_again(judge):
    """A check's body runs for the first right answer, and for no other that is equal."""
    runs, counted = [], Exercise("double", order=1)

    @counted.check(points=1, given=tensors(x="n"), hint="h")
    def doubles(double, x):
        """doubles"""
        runs.append(x)
        expect.close(double(x), 2 * x)

    other = beside(judge, counted)
    assert ["passed"] == outcomes(report_on(other, FINE))
    before = len(runs)
    assert ["passed"] == outcomes(report_on(other, "def double(x): return x + x"))
    assert (200, 200) == (before, len(runs))


@pytest.mark.parametrize(
    ("a", "b", "want"),
    [
        (torch.ones(2), torch.ones(2) + 1e-6, True),
        (torch.ones(2), torch.ones(2) + 1e-2, False),
        (torch.ones(2), torch.ones(2, 1), False),
        (torch.ones(2), torch.ones(2).double(), False),
        (torch.tensor([float("nan")]), torch.tensor([float("nan")]), True),
        (Raised("E", "at 3", "line 1"), Raised("E", "at 45", "line 2"), True),
        (Raised("E", "at 3"), Raised("F", "at 3"), False),
        ([1, (2.0, None)], [1, (2.0 + 1e-6, None)], True),
        ([1], (1,), False),
        ({"a": 1.0}, {"a": 1.0}, True),
        ({"a": 1.0}, {"b": 1.0}, False),
        (Other("x"), Other("x"), True),
        (1.0, 1, False),
        ("a", "a", True),
    ],
    ids=str,
)
def test_answers_are_the_same_up_to_rounding(a, b, want):
    """And errors up to their numbers and places: that is what names a mistake."""
    assert want is same(a, b)


# A sandbox that dies, and workers that lie.


def test_a_dead_sandbox_is_replaced_and_the_submission_retried(judge):
    """The student never knows."""
    assert 7 == report_on(judge, FINE + AGAIN).score
    before = judge.sandbox
    with open(f"/proc/{judge._reader.pid}/stat") as file:
        os.kill(int(file.read().rpartition(")")[2].split()[1]), signal.SIGKILL)
    report = report_on(judge, FINE + AGAIN)
    assert (7, False) == (report.score, report.needs_a_person)
    assert before is not judge.sandbox


def test_a_sandbox_that_never_starts_is_a_grader_error(judge, monkeypatch):
    """After one more try; the report is there, and says why."""
    tried = []

    def refuse(*args, **options):
        tried.append(args[1])
        raise SandboxError("no room at /var/lib/x")

    monkeypatch.setattr(judging, "Sandbox", refuse)
    report = Judge(TINY, tiny_cases(), Settings(memory=500)).judge(Submission("ada", "ada.py", FINE))
    assert [500 << 20] * 2 == tried
    assert {("grader_error", 0)} == {(str(r.outcome), r.earned) for r in report.results}
    assert "no room at …/x" in report.results[0].message
    assert (7, True) == (report.max_score, report.needs_a_person)
    assert "SandboxError: no room at …/x" == report.reason
    assert 2 == report.log.count("SandboxError: no room at /var/lib/x\n")


def lying(tree: bytes, size: int = 0, when: str = "asked") -> str:
    """A submission that writes a frame of its own in the place of the worker's."""
    text = f"import os, struct\ntree = {tree!r}\nsize = {size}\n"
    text += "def lie(x=None):\n    frame = struct.pack('<II', len(tree), size) + tree + bytes(size)\n"
    text += "    os.write(3, frame)\n    os._exit(0)\n"
    return text + ("double = lie\n" if when == "asked" else "k = lie()\ndef double(x): return k\n") + AGAIN


def list_of(node: bytes, count: int = 100) -> bytes:
    return b"[" + b",".join([node] * count) + b"]"


LIES = {
    "no list": (b"7", 0),
    "too few": (b"[1]", 0),
    "too many": (list_of(b"1", 101), 0),
    "numbers": (list_of(b"1"), 0),
    "giant numbers": (list_of(b"9" * 400), 0),
    "numbers without bounds": (list_of(b"1e999"), 0),
    "no numbers": (list_of(b"NaN"), 0),
    "a strange error": (list_of(b'{"raised":["","",""]}'), 0),
    "a strange other": (list_of(b'{"other":""}'), 0),
    "an empty dict": (list_of(b'{"dict":[]}'), 0),
    "a record of the wrong kind": (list_of(b'{"dict":[["value",1],["inputs",5]]}'), 0),
    "a record of too few": (list_of(b'{"dict":[["value",1],["inputs",[]]]}'), 0),
    "a record of other types": (list_of(b'{"dict":[["value",1],["inputs",[{"other":"x"}]]]}'), 0),
    "numpy": (list_of(b'{"numpy":{"$":["float32",4]}}'), 1600),
    "complex tensors": (list_of(b'{"$":["complex64",2]}'), 1600),
    "empty tensors": (list_of(b'{"$":["float32",0,3]}'), 0),
    "many axes": (list_of(b'{"$":["bool",1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}'), 1600),
    "no json": (b"\xff\xfe", 0),
    "too large": (b"[]", 70 << 20),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_malformed_answer_is_the_student_s_error(judge, lie):
    """Whatever a worker sends: no points, no grader_error, and the other function is judged."""
    report = report_on(judge, lying(*LIES[lie]))
    assert [0, 0, 0, 2, 1] == [r.earned for r in report.results]
    assert not report.needs_a_person
    assert {Outcome.FAILED, Outcome.ERROR, Outcome.CRASHED} >= {r.outcome for r in report.results[:3]}


def test_what_no_function_can_answer_is_said(judge):
    """One sentence for a record that our probes do not give."""
    result = report_on(judge, lying(list_of(b'{"dict":[]}'))).results[2]
    assert ("error", "it answered in a way that no function can") == (str(result.outcome), result.message)


LOADS = {
    "no list": b"7",
    "a number": b"[7]",
    "an empty dict": b'[{"dict":[]}]',
    "functions of the wrong type": b'[{"dict":[["functions",5],["faults",[]]]}]',
    "no faults": b'[{"dict":[["functions",{"dict":[]}]]}]',
    "faults of the wrong type": b'[{"dict":[["functions",{"dict":[]}],["faults",5]]}]',
    "odd faults": b'[{"dict":[["functions",{"dict":[]}],["faults",[1,[],["a",1,2],["a","b",3,4]]]]}]',
    "functions that are none": b'[{"dict":[["functions",[1,null,[]]],["faults",[]]]}]',
    "a list as place": b'[{"dict":[["functions",{"dict":[]}],["faults",[[[],1,"a","b"]]]]}]',
}


@pytest.mark.parametrize("lie", LOADS)
def test_a_malformed_load_is_the_student_s_error(judge, lie):
    """As with answers."""
    report = report_on(judge, lying(LOADS[lie], when="loaded"))
    assert [0, 0, 0, 2, 1] == [r.earned for r in report.results]
    assert not report.needs_a_person


FICKLE = """
import os
k = os.getpid() % 2 == {0} and os._exit(1)
def double(x, k=k):
    if x.dim() == 2: os._exit(3)
    return 3 * x
"""


@pytest.mark.slow
def test_statements_that_fail_the_second_time_raise_nothing(judge):
    """A wrong answer, then a crash, then a cell that ends the process: there is a report."""
    for _ in range(4):
        for parity in (0, 1):
            report = report_on(judge, FICKLE.format(parity))
            assert 0 == sum(r.earned for r in report.results[:2])


def test_a_strategy_may_draw_plain_numbers(judge):
    """Which stand in the example as they are."""
    power = Exercise("power", order=1)

    @power.check(points=1, given=st.fixed_dictionaries({"k": st.integers(0, 500)}), hint="h")
    def squares(power, k):
        """squares a number"""
        got = power(k)
        expect.that(got == k * k, f"expected {k * k}, got {got}")

    result = first(beside(judge, power), "def power(k): return k * k if k < 9 else 0")
    assert ("k = 9", "expected 81, got 0") == (result.example, result.message)
