"""The gate: every exercise tells right from wrong, and what is broken stops a run in one
sentence.
"""

import inspect
import json
import shutil
from types import SimpleNamespace

import pytest
from file_helpers import read_json
from warm import beside

from autograder import courses, exercises, sentences
from autograder.assessment import Assessment
from autograder.auditing.programs import LAZY
from autograder.authoring import expect
from autograder.authoring.exercise import right_answers
from autograder.authoring.proxy import StudentFunction
from autograder.errors import SandboxError
from autograder.intake.submission import Submission
from autograder.judging import costs, gate
from autograder.judging.cases import cases_of
from autograder.judging.gate import DeclarationError
from autograder.judging.report import report_exercise
from autograder.reporting import pages
from autograder.results import Outcome
from autograder.settings import Settings

ALL = [e for name in courses.names() for e in exercises.load(name)]
SMALL = min(courses.names(), key=lambda name: len(exercises.load(name)))
LARGE = max(courses.names(), key=lambda name: len(exercises.load(name)))
FIRST = exercises.load(LARGE)[0]
STYLED = [exercise for exercise in ALL if exercise.styles]
SEEDS = """import random
def data_iter(batch_size, features, labels):
    random.seed(1)
    rows = torch.randperm(len(features))
    for part in rows.split(batch_size):
        yield features[part], labels[part]
"""
MISTAKES = [  # one of each exercise, and all once a week
    pytest.param(e, m, marks=[pytest.mark.exhaustive] * (i > 0))
    for e in ALL
    for i, m in enumerate(e.mistakes)
]


def submission(assignment, *sources):
    """The right answers, with others after them."""
    text = right_answers(exercises.load(assignment))
    return Submission("test", "test.py", "".join([text, *sources]))


@pytest.mark.parametrize("name", courses.names())
def test_the_kit_s_own_gate_opens(judges, name):
    """Its reference earns every point and its stub none, with a reason to read."""
    gate.check(beside(judges[name], judges[name].exercises))
    own = {
        one.name for one in judges[name].exercises if one.name == one.function
    }
    results = judges[name].judge(gate.stub(name)).results
    words = (
        "Not attempted yet. Replace the line that raises NotImplementedError."
    )
    assert {sentences.message(r) for r in results if r.exercise in own} == {
        words
    }


@pytest.mark.parametrize(
    "lazy",
    [
        pytest.param(name, marks=[pytest.mark.exhaustive] * (i > 0))
        for i, name in enumerate(LAZY)
    ],
)
@pytest.mark.parametrize("name", courses.names())
def test_a_lazy_answer_earns_nothing(verdicts, name, lazy):
    """A check that an empty answer passes gives points away."""
    names = {exercise.function for exercise in exercises.load(name)}
    sources = (f"def {one}(*args):\n    {LAZY[lazy]}\n" for one in names)
    report = verdicts[name].judge(submission(name, *sources))
    assert [(r.exercise, r.check) for r in report.results if r.earned] == []


@pytest.mark.parametrize(
    ("exercise", "mistake"), MISTAKES, ids=lambda x: x.name
)
def test_a_known_mistake_loses_what_it_states_and_is_named(
    verdicts, exercise, mistake
):
    """In each style it fails its stated checks and no others."""
    judge = verdicts[exercise.assignment]
    for source in mistake.sources:
        parsed = judge.workers.parse(submission(exercise.assignment, source))
        trial = judge.trial(exercise, parsed, exercise.conditional)
        causes = (
            ()
            if judge.mistakes.does_nothing(trial, trial.run_checks())
            else mistake.broken
        )
        results = report_exercise(trial, judge.mistakes)
        failed = [r for r in results if r.outcome is not Outcome.PASSED]
        lost = [r for r in results if r.lost > 0]
        assert {r.check for r in failed} == set(mistake.fails)
        assert {r.mistake for r in failed} == {mistake.name}
        assert {r.says for r in lost} == {mistake.says}
        assert {r.check for r in lost} == costs.costly(
            [r.check for r in failed], causes
        )


def judged(judge, exercise, source):
    """The results of one exercise, beside right answers of all others."""
    parsed = judge.workers.parse(
        Submission("ada", "ada.py", right_answers(judge.exercises) + source)
    )
    return report_exercise(
        judge.trial(exercise, parsed, exercise.conditional),
        judge.mistakes,
    )


@pytest.mark.parametrize("exercise", STYLED, ids=lambda one: one.name)
def test_each_style_is_right(verdicts, exercise):
    """Mistakes are made of them."""
    judge = beside(verdicts[exercise.assignment], [exercise])
    for source in exercise.styles:
        assert (
            sum(r.points - r.earned for r in judged(judge, exercise, source))
            == 0
        )


def test_a_side_effect_is_a_cause(verdicts):
    """A seed that is set breaks most checks, and costs the first."""
    exercise = next(
        e for e in exercises.load("linear_regression") if e.name == "data_iter"
    )
    results = judged(verdicts["linear_regression"], exercise, SEEDS)
    failed = [
        result for result in results if result.outcome is not Outcome.PASSED
    ]

    assert {result.cause for result in failed} == {"left_behind:seeds"}
    assert [result.earned for result in failed] == [
        0,
        *(result.points for result in failed[1:]),
    ]
    assert len(failed) > 1


def refusal(judge):
    """What the instructor reads where the gate does not open."""
    with pytest.raises(DeclarationError) as caught:
        gate.check(judge)
    return str(caught.value)


def test_a_broken_reference_stops_the_run_and_names_the_check(
    judges, monkeypatch
):
    """Nobody is graded by a check that the reference fails."""
    mistake = FIRST.mistakes[0]
    wrong = submission(LARGE, mistake.source)
    monkeypatch.setattr(gate, "reference", lambda name: wrong)
    lost = next(
        check.name for check in FIRST.checks if check.name in mistake.fails
    )
    want = f"The reference solution of {LARGE} failed {FIRST.name}.{lost}"
    assert refusal(judges[LARGE]).startswith(f"Nobody was graded. {want}")


def test_a_machine_that_falls_short_is_told_as_that(judges, monkeypatch):
    """As where memory runs out: no check is to blame, and none is named."""
    judge = beside(judges[LARGE], judges[LARGE].exercises)
    why = "The template process has ended, probably because"
    monkeypatch.setattr(
        judge, "judge", lambda file: judge.failure(file, "SandboxError", why)
    )
    with pytest.raises(SandboxError, match=f"^{why}$"):
        gate.check(judge)


def test_a_stub_that_earns_points_stops_the_run(judges, monkeypatch):
    """A check that pays for nothing is found before anybody is graded."""
    monkeypatch.setattr(gate, "stub", submission)
    want = (
        f"Nobody was graded. The unchanged stub of {LARGE} passed {FIRST.name}."
    )
    assert refusal(judges[LARGE]).startswith(want)


def test_the_same_notebooks_are_judged_once(judges, monkeypatch):
    """A later run knows the answers that passed; other notebooks are judged anew."""
    kept = {}

    def get_or_create(name, make):
        if name not in kept:
            kept[name] = make()
        return kept[name]

    def opened():
        judge = beside(judges[SMALL], judges[SMALL].exercises)
        judge.mistakes.get_or_create = get_or_create
        return judge

    first, later = opened(), opened()
    gate.check(first)
    with monkeypatch.context() as patch:
        patch.setattr(later, "judge", None)
        gate.check(later)
    # The others ask further questions in some cases.
    drawn = next(
        runner
        for runner in later.runners[later.exercises[0].name]
        if [asking for _, _, asking in runner._cached.values()] == [[]]
    )
    with monkeypatch.context() as patch:
        patch.setattr(drawn, "fault_in", None)
        report = later.judge(gate.reference(SMALL))
    assert [r for r in report.results if not r.is_earned] == []
    monkeypatch.setattr(gate, "stub", lambda name: submission(SMALL))
    with pytest.raises(DeclarationError, match="The unchanged stub of"):
        gate.check(later)


@pytest.fixture
def copies(judges, tmp_path, monkeypatch):
    """A copy of the large assignment's notebooks, where the gate finds them; their paths by
    kind.
    """
    assert judges[LARGE]  # opened where its notebooks are those of all tests
    paths = {}
    for kind in ("solutions", "assignments"):
        paths[kind] = tmp_path / kind / LARGE / f"{LARGE}.ipynb"
        paths[kind].parent.mkdir(parents=True)
        shutil.copy(gate.notebook(kind, LARGE), paths[kind])
    monkeypatch.setattr(
        gate, "folder", lambda kind, assignment: tmp_path / kind / assignment
    )
    return paths


def change_cell(path, exercise, points=None):
    """Give the exercise's test cell other points; with None, take the cell away."""
    tree = read_json(path)
    name = f"test_{exercise.name}"
    (cell,) = (cell for cell in tree["cells"] if cell["id"] == name)
    cell["metadata"]["nbgrader"]["points"] = points
    if points is None:
        tree["cells"].remove(cell)
    path.write_text(json.dumps(tree))


FILE = f"solutions/{LARGE}/{LARGE}.ipynb"
CELL = f"test cell `test_{FIRST.name}`"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda path: path.unlink(),
            f"solutions/{LARGE}/: Cannot read {LARGE}.ipynb (No such file or directory). Make it readable, or submit it again. Write the reference solution.",
        ),
        (
            lambda path: change_cell(path, FIRST),
            f"No {CELL} in {FILE}. Add one below the stub.",
        ),
        (
            lambda path: change_cell(path, FIRST, FIRST.points + 1),
            f"The {CELL} in {FILE} has {FIRST.points + 1:g} points, but the checks "
            f"of {FIRST.name} have "
            f"{FIRST.points:g}. Make them equal.",
        ),
        (
            lambda path: path.write_text("{}"),
            f"{FILE}: The file is not a notebook. Save it again in Jupyter.",
        ),
    ],
    ids=["missing", "no cell", "other points", "no notebook"],
)
def test_a_notebook_that_does_not_fit_stops_the_run_and_says_what_to_do(
    judges, copies, change, words
):
    """The cell's points and its checks' are one number; without a cell nbgrader has no place
    for them.
    """
    change(copies["solutions"])
    assert refusal(judges[LARGE]) == f"Nobody was graded. {words}"


def test_a_stub_that_is_missing_is_made_by_a_release(judges, copies):
    """It is looked at as the solution is."""
    copies["assignments"].unlink()
    assert refusal(judges[LARGE]).endswith("Run `autograder release`.")


def test_a_limit_of_the_machine_stops_a_run(monkeypatch):
    """A worker with its limits starts before every run, so a low `ulimit -v` shows there."""

    def refuses(*_):
        raise PermissionError(1, "Operation not permitted")

    with gate.open_judge(cases_of(SMALL, Settings().seed), Settings()) as judge:
        gate.prepare(judge)
        judge.close()
        monkeypatch.setattr(
            "autograder.sandbox.client.resource.prlimit", refuses
        )
        with pytest.raises(SandboxError, match=r"Raise `ulimit -v` and"):
            gate.prepare(judge)


def test_the_right_answer_is_measured_on_each_device_of_the_machine(
    monkeypatch,
):
    """By the exercise's own code; a device that is broken stops nobody."""
    factors = {"cpu": 300.0, "cuda": 9000.0}
    measured = SimpleNamespace(name="f", speedup=factors.__getitem__)
    judge = SimpleNamespace(
        exercises=[measured, SimpleNamespace(name="g", speedup=None)]
    )
    assert gate.devices()[0] == "cpu"
    monkeypatch.setattr(gate, "devices", lambda: ["cpu", "cuda", "broken"])
    assert gate.speedups(judge) == {"cpu": {"f": 300.0}, "cuda": {"f": 9000.0}}


ADDED = {
    "fast": "def vector_add(a, b):\n    return a + b\n",
    "slow": (
        "import torch\ndef vector_add(a, b):\n    c = torch.zeros_like(a)\n"
        "    for i in range(len(a)):\n        c[i] = a[i] + b[i]\n    return c\n"
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_a_student_reads_what_was_measured(judges, name):
    """A loop, `a + b` and their own function on this machine, be it fast or slow."""
    report = judges["vectorization"].judge(
        Submission(name, "a.py", ADDED[name])
    )
    read = pages.page(Assessment(report))
    assert "a loop takes" in read
    assert "times as fast as a loop. 100 times are asked for." in read
    factor = report.timings["vector_add"].values["factor"]
    assert (factor > 20) is (name == "fast")
    assert exercises.load("vectorization")[0].speedup("cpu") > 20


@pytest.mark.parametrize(
    ("times", "attempts"), [(100.5, 1), (99.5, 6), (4.5, 1)]
)
def test_a_speed_is_said_as_times_that_of_a_loop(monkeypatch, times, attempts):
    """The title says how many are asked for, the sentences how many were measured as well."""
    (exercise,) = exercises.load("vectorization")
    (check,) = (c for c in exercise.checks if c.name == "is_vectorized")
    module = inspect.getmodule(check.body)
    assert f"at least {module.ASKED} times as fast" in check.title
    calls = iter([("a reply", 3 / times, 0.001)] * attempts)
    monkeypatch.setattr(module, "seconds_of_loop", lambda: 3e-6)
    monkeypatch.setattr(module, "timed", lambda *_: next(calls))
    student = StudentFunction(None, {})
    shape = (1000, 1000)
    if times > 100:
        assert module.require_speed(student, shape, "float32")[0] == "a reply"
    else:
        with pytest.raises(expect.Difference) as raised:
            module.require_speed(student, shape, "float32")
        assert str(raised.value) == (
            f"{times} times as fast as a loop for shape (1000, 1000) and dtype float32, "
            "measured on the grading machine; 100 times are asked for"
        )
        (numbers,) = student.measured.values()
        assert (numbers["factor"], numbers["asked"]) == (times, 100)
    assert list(calls) == []
