"""The benchmark's peers run the kit's own checks: what they say of an answer is what the kit says."""

import sys
from pathlib import Path

import pytest

from autograder import exercises

sys.path.append(str(Path(__file__).parent / "benchmarks"))
import classes
import in_process

EXERCISES = {e.name: e for e in exercises.of("linear_regression")}


def names_of(*more):
    """The namespace of the right answers, and of what is defined after them, as a kernel has it."""
    names = {}
    exec("\n".join(["import torch", *(e.right_source for e in EXERCISES.values()), *more]), names)
    return names


@pytest.mark.slow
def test_right_answers_earn_all_points_in_process():
    """A peer that graded less would be fast by failing; and the namespace is left as it was."""
    names = names_of()
    before, grading = dict(names), in_process.Grading(names)

    assert {name: e.points for name, e in EXERCISES.items()} == {
        name: grading.points(name) for name in EXERCISES
    }
    assert before == names


def test_a_known_mistake_loses_its_own_points_in_process():
    """The checks that it states fail, and no others; a wrong sgd costs train nothing."""
    exercise = EXERCISES["squared_loss"]
    broadcasts = next(m for m in exercise.mistakes if m.name == "broadcasts")
    does_not_divide = next(m for m in EXERCISES["sgd"].mistakes if m.name == "does_not_divide")
    grading = in_process.Grading(names_of(broadcasts.source, does_not_divide.source))

    assert exercise.points - 2 == grading.points("squared_loss")
    assert 0 == grading.points("sgd")
    grading.demand("train", "takes_a_step")


def test_a_class_is_mixed_alike_and_the_same_again():
    """Six of ten are right; what is unlike is unlike in its text, and no more right than before."""
    some = classes.a_class(30)
    others = [classes.unlike(one, number) for number, one in enumerate(some * 2)]

    assert classes.a_class(30) == some
    assert [6, 6, 6] == [sum(not s.wrong for s in some[i : i + 10]) for i in (0, 10, 20)]
    assert 60 == len({one.code for one in others})
    for one in others:
        compile(one.code, one.student, "exec")
