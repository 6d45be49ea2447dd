"""The judge, on small exercises: how a check can end, what a student reads, and that it stays
the same.
"""

import dataclasses
import functools
import random
from unittest.mock import Mock

import psutil
import pytest
import torch
import warm

from autograder import sentences
from autograder.assessment import Assessment
from autograder.authoring import Exercise, expect, tensors
from autograder.errors import Ended, Message, SandboxError
from autograder.intake.submission import Submission
from autograder.judging import cases, workers
from autograder.judging.judge import Judge
from autograder.settings import Settings

double = Exercise(
    "double", hints={"value": "Twice what?", "shape": "Which shape came in?"}
)
again = Exercise("again")
SETTINGS = Settings(
    slip_changes=0
)  # what these functions lose is looked at; tests of slips are elsewhere
HASTY = Settings(
    check_seconds=0.4, single_seconds=0.4, slip_changes=0
)  # for code that never ends


@double.answer
def right(x):
    return 2 * x


@double.check(points=1, given=tensors(x="n"))
def doubles(double, x):
    """doubles each number"""
    expect.agreement(double, right, x)


@double.check(points=2, given=tensors(x="n m"))
def keeps_shape(double, x):
    """keeps the shape of a matrix"""
    expect.agreement(double, right, x)


@double.check(points=1, given=tensors(x="n"))
def leaves_x_alone(double, x):
    """makes a new tensor"""
    got = double.and_inputs(x)
    expect.that(
        isinstance(got.value, torch.Tensor),
        f"expected a tensor, got {expect.kind(got.value)}",
    )
    expect.unchanged(got.inputs[0], x, "x")


@double.mistake(fails=[doubles, keeps_shape], says="You triple.")
def triples(x):
    return 3 * x


@again.answer
def once_more(x):
    return x + 1


@again.check(points=2, given=tensors(x="n"))
def adds_up(again, x):
    """adds one at each call"""
    expect.close(again(again(x)), x + 2)


@again.check(points=1)
def takes_large(again):
    """takes a thousand numbers"""
    expect.close(again(torch.zeros(1000)), torch.ones(1000))


TINY = [double, again]
ONE_CHECK = warm.altered(double, checks=double.checks[:1], mistakes=[])
FINE = "def double(x): return 2 * x\n"
AGAIN = "def again(x): return x + 1\n"


@functools.cache
def drawn(*exercises):
    """Once for all tests, and not while they are collected."""
    return cases.draw("tiny", exercises, 1)


@pytest.fixture(scope="module")
def judge():
    with Judge(TINY, drawn(*TINY), SETTINGS) as one:
        yield one


def report_on(judge, text, suffix=".py"):
    return judge.judge(Submission("ada", f"ada{suffix}", text, suffix))


def outcomes(report):
    return [str(result.outcome) for result in report.results]


def first(judge, text):
    """The result of the first check of `double`, or of whatever comes first."""
    return report_on(judge, text).results[0]


def beside(judge, *exercises, settings=SETTINGS, **options):
    """A judge of other exercises in the same sandbox, which costs seconds to start."""
    return warm.beside(judge, exercises, drawn(*exercises), settings, **options)


# How a check can end.


def test_a_right_answer_earns_everything(judge):
    """Each check has a result, and none has a message."""
    report = report_on(judge, FINE + AGAIN)
    assert outcomes(report) == ["passed"] * 5
    assert report.score == 7
    assert report.max_score == 7
    assert not report.needs_review
    assert {
        (sentences.message(r), r.code, r.mistake, sentences.hint(r))
        for r in report.results
    } == {("", "", "", "")}


def test_a_wrong_answer_fails_its_checks_alone(judge):
    """The others earn their points."""
    text = "def double(x): return 2 * x if x.dim() == 1 else x\n" + AGAIN
    report = report_on(judge, text)
    assert [r.earned for r in report.results] == [1, 0, 1, 2, 1]
    lost = report.results[1]
    assert lost.outcome == "failed"
    assert sentences.hint(lost) == "Twice what?"


@pytest.mark.parametrize(
    ("body", "outcome", "message"),
    [
        ("return 4 * x", "failed", "expected 0.5 at [0], got 1"),
        (
            "import signal; signal.pause()",
            "timeout",
            "it waited for 0.4 s without computing anything",
        ),
        ("import os; os._exit(0)", "crashed", "it exited with status 0"),
    ],
)
def test_each_end_has_its_outcome_and_words(judge, body, outcome, message):
    """The check's own hint is about values; no other function loses."""
    hasty = beside(judge, *TINY, settings=HASTY)
    report = report_on(hasty, f"def double(x):\n    {body}\n" + AGAIN)
    result = report.results[0]
    told = (
        str(result.outcome),
        sentences.message(result),
        sentences.hint(result),
    )
    assert told == (outcome, message, "Twice what?" * (outcome == "failed"))
    assert (result.code != "") == (outcome == "failed")
    assert outcomes(report)[3:] == ["passed", "passed"]
    if outcome == "timeout":  # after two hangs, the rest is not tried
        words = (
            "not run, because an earlier check of this function ran out of time"
        )
        assert sentences.message(report.results[2]) == words


def test_a_hang_in_some_cases_costs_their_checks_alone(judge):
    """Those whose inputs do not show it pass."""
    text = "def double(x):\n    while x.dim() == 2 and x.numel() > 20: pass\n    return 2 * x\n"
    report = report_on(beside(judge, *TINY, settings=HASTY), text)
    assert outcomes(report)[:3] == ["passed", "timeout", "passed"]


# A missing function.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("double = 3", "`double` is not defined."),
        (
            "def doubel(x): pass",
            "`double` is not defined. Did you mean `doubel`?",
        ),
        (
            "@n.fast\ndef double(x): return x",
            "line 1 defines double, but failed: NameError: name 'n' is not defined",
        ),
    ],
)
def test_a_missing_function_says_where_it_was_lost(judge, text, message):
    """Or a name that is near; in all its checks, and without a hint."""
    results = report_on(judge, f"{text}\n{AGAIN}").results[:3]
    assert {
        (str(r.outcome), sentences.message(r), sentences.hint(r))
        for r in results
    } == {("missing", message, "")}


@pytest.mark.parametrize(
    "text",
    [
        "import torch\nx = 1\n",
        "def main():\n    def double(x): return 2 * x\n    print(double(1))\nmain()\n",
        "class Answer:\n    def double(self, x): return 2 * x\n",
        't = """\ndef double(x): return 2 * x\n"""\n',
        "I could not do it.\n",
    ],
    ids=["another program", "in main()", "in a class", "in a string", "words"],
)
def test_a_file_of_which_nothing_is_known_is_no_zero(judge, text):
    """It earned nothing, and defines none of the functions at its top level."""
    report = report_on(judge, text)
    assert report.needs_review
    assert Assessment(report).reason == "ada.py does not define double, again."


@pytest.mark.parametrize(
    "text",
    [
        "def double(x): raise NotImplementedError",
        "def double(x) return x",
        "def again(x): return 3",
    ],
    ids=["the stub", "a syntax error", "one of them"],
)
def test_a_file_that_defines_a_function_can_be_a_zero(judge, text):
    """However wrong it is."""
    report = report_on(judge, text)
    assert not report.needs_review
    assert report.score == 0


@pytest.mark.parametrize(
    ("body", "is_not_written"),
    [
        ("raise NotImplementedError('double')", True),
        ("return torch.ones(2, 2).bool() @ torch.ones(2, 2).bool()", False),
    ],
)
def test_a_function_that_is_not_written_says_only_that(
    judge, body, is_not_written
):
    """What torch itself has not implemented is the student's error."""
    result = first(judge, f"import torch\ndef double(x): {body}\n")
    words = (
        "Not attempted yet. Replace the line that raises NotImplementedError."
    )
    assert (words == sentences.message(result)) == is_not_written
    assert not is_not_written or sentences.hint(result) + result.code == ""


def test_an_end_while_loading_is_told_from_one_in_the_function(judge):
    """Statements have a deadline of their own, and other functions go on."""
    settings = dataclasses.replace(SETTINGS, load_seconds=0.3)
    text = "def ends():\n    while True: pass\nk = ends()\ndef double(x): return k * x\n"
    report = report_on(beside(judge, *TINY, settings=settings), text + AGAIN)
    messages = {sentences.message(r) for r in report.results[:3]}
    assert messages == {"when its cell ran: it did not finish within 0.3 s"}
    assert outcomes(report)[3:] == ["passed"] * 2


def test_a_report_made_without_layers_says_so(judge):
    """In its flags, beside its own: an instructor must know."""
    other = beside(
        judge, double, settings=dataclasses.replace(SETTINGS, unsafe=True)
    )
    late = Submission("ada", "ada.py", FINE, flags=(Message("late"),))
    words = "graded with --unsafe, without enough sandbox layers"
    assert other.judge(late).flags == (Message("late"), Message(words))
    assert judge.judge(late).flags == (Message("late"),)


BROKEN = Exercise("double")


@BROKEN.check(points=1, given=tensors(x="n"))
def breaks_after_asking(double, x):
    """breaks after it asked"""
    double(x)
    raise TypeError("the check is at /home/ada/kit/checks.py")


@BROKEN.check(points=1, given=tensors(x="n"))
def holds(double, x):
    """holds"""
    expect.close(double(x), 2 * x)


def test_a_broken_check_is_a_grader_error(judge):
    """For a right answer and for a wrong one; only the log has its traceback."""
    words = "TypeError: the check is at …/checks.py"
    for text, last in ((FINE, "passed"), ("def double(x): return x", "failed")):
        report = report_on(beside(judge, BROKEN), text)
        assert outcomes(report) == ["grader_error", last]
        assert report.needs_review
        assert Assessment(report).reason == words
        assert sentences.message(report.results[0]) == words
        assert "in breaks_after_asking" in report.log
        assert report.log.endswith("the check is at /home/ada/kit/checks.py\n")
        assert "log" not in Assessment(report).to_json()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            lambda double, x: None,
            "asks nothing. Call the student's function in it.",
        ),
        (
            lambda double, x: double(x * random.random()),
            "asks something else each time. Let given= draw",
        ),
        (
            lambda double, x: len(3),
            "asks nothing (object of type 'int' has no len()). Call the student's",
        ),
    ],
)
def test_a_check_that_cannot_be_asked_names_its_line(judge, body, words):
    """An author finds it there."""
    report = report_on(checked_by(judge, body), FINE)
    place = f"test_judge.py, line {body.__code__.co_firstlineno}: check `doubles` of `double`"
    assert Assessment(report).reason.startswith(
        f"DeclarationError: {place} {words}"
    )


TABLE = "def g(i): return 2 * i\ntable = [0]\n{loop}:\n    table.append(g(1))\n"


@pytest.mark.parametrize(
    "rest",
    ["def double(x): return table[1] * x", "def double(x): return table[1]"],
)
def test_what_may_change_its_values_is_run_for_a_function_that_fails(
    judge, rest
):
    """A loop that calls functions, here; what it loses with that too is its own."""
    text = TABLE.format(loop="for i in [1]") + rest
    outcome = "passed" if rest.endswith("* x") else "failed"
    assert outcomes(report_on(beside(judge, ONE_CHECK), text)) == [outcome]


def test_values_that_rest_on_a_loop_that_takes_too_long_need_review(judge):
    """Nobody knows what it would have filled; the line is said."""
    text = (
        TABLE.format(loop="while True") + "def double(x): return table[1] * x"
    )
    settings = dataclasses.replace(HASTY, load_seconds=0.3)
    report = report_on(beside(judge, ONE_CHECK, settings=settings), text)
    words = (
        "line 3 may change what `double` reads, but takes too long to run here, so this "
        "needs review"
    )
    assert outcomes(report) == ["grader_error"]
    assert [sentences.message(r) for r in report.results] == [words]


# A body runs once, on the judge's own stack, and gets each answer when it asks.


def checked_by(judge, body):
    """A judge whose only check of `double` has this body."""
    checks = [dataclasses.replace(ONE_CHECK.checks[0], body=body)]
    return beside(judge, warm.altered(ONE_CHECK, checks=checks))


# What a student reads.


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (
            "2 * x if x.abs().max() < 3 else x",
            "double(torch.tensor([3.]))",
            "expected 6 at [0], got 3",
        ),
        (
            "x.new_zeros(2) if len(x) == 4 else 2 * x",
            "double(torch.tensor([0., 0., 0., 0.]))",
            "expected shape (4,), got (2,)",
        ),
    ],
)
def test_the_smallest_input_is_shown(judge, value, code, message):
    """The simplest numbers at which it fails, of as few elements as show it."""
    result = first(judge, f"import torch\ndef double(x): return {value}\n")
    assert result.code == code
    assert sentences.message(result) == message


DRAWN = sum(
    check.cases for check in double.checks[:3]
)  # calls, before anybody looks for a reason
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
        (LONG, LATER.format(LONG, "2 * x")),
        (LONG, LATER.format(LONG, "1 / 0")),
        # its verdict on the first check is remembered
        ("3 * x", "def double(x): return 3 * x if x.dim() == 1 else 7 * x"),
        ("5 * x", LATER.format("5 * x", "3 * x")),
    ],
    ids=[
        "passes while shrinking",
        "raises",
        "hides a mistake",
        "forges a mistake",
    ],
)
def test_nobody_changes_what_another_reads(judge, honest, before):
    """One may answer otherwise where nobody grades: in a search, or when asked again."""

    def shown(judge):
        results = report_on(judge, f"def double(x): return {honest}").results
        return [
            (r.earned, sentences.message(r), r.mistake, r.code) for r in results
        ]

    alone = beside(judge, double)
    after = beside(judge, double)
    report_on(after, before)
    assert shown(after) == shown(alone)


@pytest.mark.parametrize(
    "spoils", ["torch.add = torch.mul = None", "torch.Tensor.__add__ = None"]
)
def test_a_function_costs_none_that_comes_after_it(judge, spoils):
    """Whatever it does to the process in which both were first run."""
    report = report_on(
        judge,
        f"import torch\ndef double(x):\n    {spoils}\n    return x\n" + AGAIN,
    )
    assert "passed" not in outcomes(report)[:2]
    assert outcomes(report)[3:] == ["passed", "passed"]


def test_a_function_owes_its_points_to_itself(judge):
    """A name that only another function's statements make is not there for it."""
    makes = "def double(x):\n    global one\n    one = 1\n    return 2 * x\n"
    assert outcomes(report_on(judge, makes + AGAIN)) == ["passed"] * 5
    report = report_on(judge, makes + "def again(x): return x + one\n")
    assert outcomes(report) == ["passed"] * 3 + ["error"] * 2


# A sandbox that dies, and workers that lie.


def test_a_dead_sandbox_is_replaced_and_the_submission_retried(judge):
    """The student never knows."""
    assert report_on(judge, FINE + AGAIN).score == 7
    before = judge.workers.sandbox
    psutil.Process(judge.workers._parser.process.pid).parent().kill()
    report = report_on(judge, FINE + AGAIN)
    assert report.score == 7
    assert not report.needs_review
    assert before is not judge.workers.sandbox


def test_a_parser_that_ends_needs_review(judge, monkeypatch):
    """Never a zero, and the sandbox lives on."""
    sandbox = judge.workers.sandbox
    with monkeypatch.context() as patch:
        ends = Mock(side_effect=Ended("slow", seconds=4))
        patch.setattr(type(sandbox.worker()), "read", ends)
        report = report_on(judge, FINE)
    words = "the file could not be read: it did not finish within 4 s"
    assert report.needs_review
    assert Assessment(report).reason == words
    assert sandbox is judge.workers.sandbox


def test_a_sandbox_that_never_starts_is_a_grader_error(judge, monkeypatch):
    """After a second attempt; the report says why."""
    refuse = Mock(side_effect=SandboxError("no room at /var/lib/x"))
    monkeypatch.setattr(workers, "Sandbox", refuse)
    own = Judge(TINY, drawn(*TINY), Settings())
    report = report_on(own, FINE)
    assert refuse.call_count == 2
    assert {(str(r.outcome), r.earned) for r in report.results} == {
        ("grader_error", None)
    }
    assert report.max_score == 7
    assert report.needs_review
    assert Assessment(report).reason == "SandboxError: no room at …/x"
    assert report.log.count("SandboxError: no room at /var/lib/x\n") == 2


def lying(tree, size, when):
    """A submission that writes a frame of its own in the place of the worker's."""
    uses = (
        "double = lie"
        if when == "asked"
        else "k = lie()\ndef double(x): return k"
    )
    return f"""import os, struct
def lie(x=None):
    tree, size = {tree!r}, {size}
    os.write(3, struct.pack('<II', len(tree), size) + tree + bytes(size))
    os._exit(0)
{uses}
{AGAIN}"""


def list_of(node, count=100):
    return b"[" + b",".join([node] * count) + b"]"


LIES = {  # one for each that reads it: a tree, the size of its data, and when it is sent
    "too many": (list_of(b"1", 101), 0, "asked"),
    "a record of the wrong kind": (
        list_of(b'{"dict":[["value",1],["inputs",5]]}'),
        0,
        "asked",
    ),
    "a number as load": (b"[7]", 0, "loaded"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_malformed_answer_is_the_student_s_error(judge, lie):
    """No points, no grader_error, and the other function is judged."""
    report = report_on(judge, lying(*LIES[lie]))
    assert [r.earned for r in report.results] == [0, 0, 0, 2, 1]
    assert not report.needs_review
