"""Exercises of parts and with probes of their own, judged: doubles, what travels, what is named."""

import numpy as np
import part_probes
import pytest
import torch
from file_helpers import table
from warm import beside

from autograder import sentences
from autograder.authoring import (
    ANYTHING,
    OWN,
    OWN_IF_PASSED,
    RECORDED,
    RIGHT,
    Exercise,
    expect,
    tensors,
)
from autograder.intake.submission import Submission
from autograder.judging import cases
from autograder.judging.judge import Judge
from autograder.settings import Settings

half = Exercise("half")
shift = Exercise("shift", parts=(half,))
twice = Exercise("twice")
total = Exercise("total", parts=(half, shift))
together = Exercise("together", function="total", parts=(half, shift, total))


@half.answer
def right_half(x):
    return torch.from_numpy(np.asarray(x.tolist(), dtype=np.float32)) / 2


beside_a_quarter = half.probe(
    part_probes.beside_a_quarter,
    reply={"value": ANYTHING, "quarter": torch.Tensor, "root": float},
)


@half.check(points=2, given=tensors(x="n"))
def halves(half, x):
    """halves each number"""
    got = beside_a_quarter(half, x)
    expect.close(got.quarter, x / 4)
    expect.that(got.root == 2, "the root of 4")
    expect.close(got.value, half.expected(right_half, x))


@shift.answer
def right_shift(x):
    return half(x) + 1


@shift.check(points=1, given=tensors(x="n"))
def adds_one(shift, x):
    """gives one more than the half"""
    expect.close(shift(x), x / 2 + 1)


@twice.answer
def right_twice(f, x):
    return f(f(x))


of_halves = twice.probe(part_probes.of_halves, reply=torch.Tensor)
of_quarters = twice.probe(part_probes.of_quarters, reply=torch.Tensor)


@twice.check(points=2, given=tensors(x="n"))
def calls_twice(twice, x):
    """gives f(f(x)) for a right half and for a quarter"""
    expect.close(of_halves(twice, x), x / 4)
    expect.close(of_quarters(twice, x), x / 16)


# Casts.


half.as_part(recorded=part_probes.gives_these)
RIGHT_PARTS = total.doubles(half=OWN_IF_PASSED, default=RIGHT)
RECORDED_HALF = total.doubles(half=RECORDED, default=OWN)


@total.answer
def right_total(x):
    return half(x).sum() + shift(x).sum()


and_log = total.probe(
    part_probes.and_log, reply={"value": torch.Tensor, "asked": int}
)


@total.check(points=1, given=tensors(x="n"))
def adds_up(total, x):
    """adds up halves and shifted numbers"""
    expect.close(total(x), x.sum() + len(x), terms=100.0)


@total.check(points=1, given=tensors(x="n"))
def asks_for_halves(total, x):
    """takes the halves from half"""
    got = and_log(total.with_parts(RECORDED_HALF, half=torch.zeros(2)), x)
    expect.that(got.asked > 0, "half was never called")


@together.answer
def right_together(x):
    return half(x).sum() + shift(x).sum()


together.doubles(default=OWN)


@together.check(points=1, given=tensors(x="n"))
def works_as_a_whole(total, x):
    """works with your own functions"""
    expect.close(total(x), x.sum() + len(x), terms=100.0)


ALL = [half, shift, twice, total, together]
RIGHT_ANSWERS = dict(
    table(r"""
half  -> def half(x): return x / 2\n
shift -> def shift(x): return half(x) + 1\n
twice -> def twice(f, x): return f(f(x))\n
total -> def total(x): return half(x).sum() + shift(x).sum()\n
""")
)
FULL = {"half": 2, "shift": 1, "twice": 2, "total": 2, "together": 1}


@pytest.fixture(scope="module")
def judge():
    with Judge(ALL, cases.draw("parts", ALL, 1), Settings()) as one:
        yield one


def report_on(judge, **changed):
    """The report of the right answers with some of them changed."""
    text = "".join({**RIGHT_ANSWERS, **changed}.values())
    return judge.judge(Submission("ada", "ada.py", "import torch\n" + text))


def lost(report):
    """The exercises that lost points, with what is left."""
    left = dict.fromkeys(FULL, 0)
    for result in report.results:
        left[result.exercise] += result.earned
    return {name: left[name] for name in left if left[name] != FULL[name]}


def result_of(report, check):
    return next(result for result in report.results if result.check == check)


def test_right_answers_earn_everything(judge):
    """Students' and the kit's own: what an answer or a probe uses travels with it."""
    own = {exercise.function: exercise.right_source for exercise in ALL}
    for report in (report_on(judge), report_on(judge, **own)):
        assert lost(report) == {}
        assert report.knock_on == {}


@pytest.mark.parametrize(
    "wrong",
    ["def half(x): return x\n", "def half(x:\n", "def half(x): return x * 0\n"],
    ids=str,
)
def test_a_part_is_lent_for_a_plain_call_too(judge, wrong):
    """A wrong part costs its own points, and the check that asks for the student's own."""
    report = report_on(judge, half=wrong)
    assert lost(report) == {"half": 0, "together": 0}
    assert report.knock_on == {"together": ("half",)}


def test_a_part_that_hangs_costs_what_runs_the_student_s_own(judge):
    """Where a right one is lent, all is as before."""
    other = beside(judge, ALL, None, Settings(check_seconds=0.3))
    report = report_on(other, half="def half(x):\n    while True: pass\n")
    assert lost(report) == {"half": 0, "together": 0}
    result = result_of(report, "works_as_a_whole")
    assert str(result.outcome) == "timeout"
    assert sentences.hint(result) == ""


def test_a_function_that_takes_a_function_gets_a_right_one(judge):
    """By a probe."""
    report = report_on(judge, twice="def twice(f, x): return f(x) / 2\n")
    assert lost(report) == {"twice": 0}


def test_a_replay_is_played_where_a_check_asks_for_it(judge):
    """And its log is the probe's to read."""
    report = report_on(judge, total="def total(x): return x.sum() + len(x)\n")
    assert lost(report) == {"total": 1}
    message = sentences.message(result_of(report, "asks_for_halves"))
    assert message == "half was never called"


@pytest.mark.parametrize(("divisor", "outcome"), [(2, "passed"), (3, "failed")])
def test_own_if_passed_is_the_student_s_own_where_it_passed(
    judge, divisor, outcome
):
    """Who counts calls of the own part is seen by it; for a wrong one, a right one plays."""
    half = f"calls = []\ndef half(x):\n    calls.append(1)\n    return x / {divisor}\n"
    seen = "def total(x):\n    before = len(calls)\n    value = half(x).sum() + shift(x).sum()\n"
    seen += "    return value if len(calls) > before else value + 1\n"
    report = report_on(judge, half=half, total=seen)
    assert result_of(report, "adds_up").outcome == outcome


FINDS = """
found = []
def half(x):
    import gc, types
    if not found:
        gc.unfreeze()
        functions = [f for f in gc.get_objects() if type(f) is types.FunctionType]
        ours = [f for f in functions if f.__code__.co_filename.startswith(("<probe", "<right"))]
        found.extend(f for f in ours if f.__code__.co_name == "half")
    return found[0](x)
"""


@pytest.mark.parametrize(
    "text",
    ["def half(x):\n    return globals()['half'].doubles.right(x)\n", FINDS],
)
def test_what_is_lent_is_no_way_to_a_right_answer(judge, text):
    """A part's own exercise has no right one beside it."""
    assert lost(report_on(judge, half=text)) == {"half": 0, "together": 0}


def test_an_exception_is_cut_short_where_right_parts_are_lent(judge):
    """Code could put what it finds in memory into its message."""
    raises = "raise ValueError('a' * 300)"
    half, total = (f"def {name}(x): {raises}\n" for name in ("half", "total"))
    report = report_on(judge, half=half, total=total)
    message = sentences.message(result_of(report, "adds_up"))
    assert "a" * 149 + "…" in message
    assert "a" * 150 not in message
    assert "a" * 300 in sentences.message(result_of(report, "halves"))
