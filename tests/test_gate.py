"""The gate of the kit: every exercise tells right from wrong."""

import pytest

from autograder import exercises, gate
from autograder.results import Outcome
from autograder.submission import Source

ALL = [e for name in exercises.assignments() for e in exercises.of(name)]
WRITTEN = [e for e in ALL if e.name == e.function]
MISTAKES = [(e, m) for e in ALL for m in e.mistakes]

LAZY = {
    "raises": "raise ValueError('no')",
    "passes": "pass",
    "returns_none": "return None",
    "returns_first": "return args[0]",
    "returns_second": "return args[1]",
    "returns_last": "return args[-1]",
    "zero": "return 0.0",
    "zeros": "return torch.zeros(args[0].shape if hasattr(args[0], 'shape') else 1)",
    "ones": "return torch.ones(args[0].shape if hasattr(args[0], 'shape') else 1)",
    "zeros_of_second": "return torch.zeros(args[1].shape if hasattr(args[1], 'shape') else 1)",
    "empty_list": "return []",
    "a_pair": "return [(args[1], args[2])]",
    "nan": "return torch.full((1,), float('nan'))",
}


def submission(assignment, *sources):
    """The right answers, with others after them."""
    right = [e.source for e in exercises.of(assignment)]
    return Source("test", "test.py", "import torch\n" + "".join([*right, *sources]))


def results_of(report, exercise):
    return [r for r in report.results if r.exercise == exercise.name]


@pytest.mark.parametrize("name", exercises.assignments())
def test_the_reference_earns_every_point(judges, name):
    """The solution notebook is judged like any submission, and passes every check."""
    report = judges[name].judge(gate.reference(name))

    assert [] == [(r.check, r.message) for r in report.results if r.outcome is not Outcome.PASSED]
    assert report.max_score == report.score


@pytest.mark.parametrize("name", exercises.assignments())
def test_the_untouched_stub_earns_nothing(judges, name):
    """A released notebook that nobody has touched has 0 points, and each reason is readable."""
    report = judges[name].judge(gate.stub(name))

    assert report.score == 0
    assert {"it is not written yet: replace the line that raises NotImplementedError"} == {
        r.message for r in report.results
    }


@pytest.mark.parametrize("lazy", LAZY)
@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_a_lazy_answer_earns_nothing(judges, exercise, lazy):
    """A check that an empty answer passes gives points away."""
    source = f"def {exercise.function}(*args):\n    {LAZY[lazy]}\n"
    report = judges[exercise.assignment].judge(submission(exercise.assignment, source))

    assert [] == [r.check for r in results_of(report, exercise) if r.earned]


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES, ids=lambda x: x.name)
def test_a_known_mistake_loses_what_it_states_and_is_named(judges, exercise, mistake):
    """Each mistake fails its stated checks and no others, and the student reads its words."""
    report = judges[exercise.assignment].judge(submission(exercise.assignment, mistake.source))

    mine = results_of(report, exercise)
    assert set(mistake.fails) == {r.check for r in mine if r.outcome is not Outcome.PASSED}
    assert {mistake.says} == {r.says for r in mine if r.outcome is not Outcome.PASSED}
    others = [r for r in report.results if r.exercise not in (exercise.name, "end_to_end")]
    assert [] == [(r.exercise, r.check) for r in others if r.outcome is not Outcome.PASSED]


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)
def test_each_failure_comes_with_a_message_an_example_and_a_hint(judges, exercise):
    """What a student reads is never just a verdict."""
    source = f"def {exercise.function}(*args):\n    return None\n"
    report = judges[exercise.assignment].judge(submission(exercise.assignment, source))

    for result in results_of(report, exercise):
        assert result.message
        assert result.hint


def test_a_broken_reference_stops_the_run_and_names_the_check(judges, monkeypatch):
    """Nobody is graded by a check that the reference fails."""
    mistake = next(m for e, m in MISTAKES if m.name == "broadcasts")
    wrong = submission("linear_regression", mistake.source)
    monkeypatch.setattr(gate, "reference", lambda name: Source("reference", "x.py", wrong.text))

    with pytest.raises(
        gate.BrokenExam, match=r"nobody was graded: the reference solution .*squared_loss.keeps"
    ):
        gate.check(judges["linear_regression"])


def test_a_stub_that_earns_points_stops_the_run(judges, monkeypatch):
    """A check that pays for nothing is found before anybody is graded."""
    monkeypatch.setattr(gate, "stub", lambda name: Source("stub", "x.py", submission(name).text))

    with pytest.raises(gate.BrokenExam, match="the untouched stub of vectorization earned points by"):
        gate.check(judges["vectorization"])


def test_an_unknown_assignment_is_named_with_those_there_are():
    """A misspelt assignment gets a sentence that helps."""
    with pytest.raises(gate.UnknownAssignment, match="no assignment 'x': choose one of linear_regression, v"):
        gate.exam_of("x")
