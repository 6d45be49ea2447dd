"""One cause costs one check, the first that it breaks; a mistake is the same one in every
right style.
"""

import pytest
from warm import beside

from autograder import courses, exercises
from autograder.authoring.exercise import right_answers
from autograder.intake.submission import Submission
from autograder.judging.report import report_exercise
from autograder.results import Outcome

STYLED = [
    e for name in courses.names() for e in exercises.load(name) if e.styles
]
NAMED = [(e, m) for e in STYLED for m in e.mistakes if len(m.sources) > 1]
NAMED = [
    pytest.param(e, m, marks=[pytest.mark.exhaustive] * (i % 20 > 0))
    for i, (e, m) in enumerate(NAMED)
]
SEEDS = """import random
def data_iter(batch_size, features, labels):
    random.seed(1)
    rows = torch.randperm(len(features))
    for part in rows.split(batch_size):
        yield features[part], labels[part]
"""


def judged(judge, exercise, source):
    """The results of one exercise, beside right answers of all others."""
    parsed, _ = judge.parse(
        Submission("ada", "ada.py", right_answers(judge.exercises) + source)
    )
    return report_exercise(
        judge.trial(exercise, parsed, exercise.conditional),
        judge.mistakes,
        False,
    )


@pytest.mark.parametrize(
    ("exercise", "mistake"), NAMED, ids=lambda one: one.name
)
def test_a_mistake_has_the_same_name_and_price_in_each_style(
    verdicts, exercise, mistake
):
    """As where `len(X)` stands for `batch_size`."""
    judge = verdicts[exercise.assignment]
    seen = set()
    for source in mistake.sources:
        results = judged(judge, exercise, source)
        names = frozenset(
            result.mistake for result in results if result.mistake
        )
        seen.add(
            (names, sum(result.points - result.earned for result in results))
        )

    assert len(seen) == 1
    assert {*seen.pop()[0]} == {mistake.name}


@pytest.mark.parametrize("exercise", STYLED, ids=lambda one: one.name)
def test_each_style_is_right(verdicts, exercise):
    """Mistakes are made of them."""
    judge = beside(verdicts[exercise.assignment], [exercise])
    for source in exercise.style_sources:
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
