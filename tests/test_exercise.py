"""Exercises: what an author declares, and what a function uses of its module, which travels with it."""

from math import tau as circle

import pytest
import torch
from cli_helpers import NAME

import autograder
from autograder.authoring.proxy import Student
from autograder.authoring.sources import standing_alone
from autograder.errors import DeclarationError
from autograder.judging import gate
from autograder.sandbox.inside.probes import seed

GIVEN = st.fixed_dictionaries({"x": st.integers()})


def exercise(**changes) -> Exercise:
    return Exercise(**{"name": "double"} | changes)


def with_a_check() -> tuple[Exercise, object]:
    one = exercise()

    @one.check(points=2, hint="Twice?", given=GIVEN)
    def doubles(double, x):
        """doubles its number

        and more that a student does not read
        """

    return one, doubles


def test_a_check_takes_its_title_from_its_docstring_and_stays_a_function():
    """The first line; so that one check's body can be named by a mistake, and called by another."""
    one, body = with_a_check()
    (check,) = one.checks
    assert ("double", "doubles", "doubles its number") == (check.exercise, check.name, check.title)
    assert (2, "Twice?", CASES) == (check.points, check.hint, check.cases)
    assert (body, GIVEN) == (check.body, check.given)

    def wrong(x):
        return x

    assert (wrong, wrong) == (one.answer(wrong), one.mistake(fails=[body], says="s")(wrong))
    assert [wrong] * 3 == [one.adapted(wrong), one.bounded(wrong), one.recorded(wrong)]


def test_a_mistake_knows_its_source_under_the_function_s_name():
    """So that it runs in a worker as a submission does."""
    one, body = with_a_check()

    @one.mistake(fails=[body], says="You triple.")
    def triples(x):
        return 3 * x

    source = "def double(x):\n    return 3 * x\n"
    doubles = frozenset({"doubles"})
    place = f"{Path(__file__).name}, line {triples.__code__.co_firstlineno}"
    made = Mistake("triples", source, doubles, "You triple.", doubles, place=place)
    assert [made] == one.mistakes


HALF = 0.5  # beside the answer: what a changed text uses travels with it


def with_an_answer() -> tuple[Exercise, object]:
    one, body = with_a_check()

    @one.answer
    def right(x):
        twice = x + x
        return twice + 0

    return one, body


@pytest.mark.parametrize(
    ("texts", "want"),
    [
        (("    twice = x + x\n", "", "twice + 0", "x"), 3),
        (("+ 0", "+ HALF"), 6.5),
    ],
    ids=["two", "a constant"],
)
def test_a_mistake_may_be_the_right_answer_with_texts_replaced(texts, want):
    """One after another; it runs as any other, and has the name that it was given."""
    one, body = with_an_answer()
    made = one.mistake("goes_wrong", "You go wrong.", fails=[body]).replace(*texts)
    one.sample(dana=made)
    assert ([made], {"dana": made.source}) == (one.mistakes, one.students)
    space = {}
    exec(made.source, space)
    assert (want, 6) == (space["double"](3), one(3))
    assert ("goes_wrong", "You go wrong.", {"doubles"}) == (made.name, made.says, made.fails)


def test_an_exercise_of_own_parts_alone_lends_none():
    """Then no right answer may lie in its workers, to be found; who guards a part stays."""
    part = exercise(name="part")

    @part.answer
    def right(x):
        return x

    @part.bounded
    def ends(own):
        return own

    one = exercise(name="whole", parts=(part,))
    one.doubles(others=OWN)
    assert not one.has_doubles
    assert {"part": {"bounded": part.own_doubles["bounded"]}} == one.double_sources


def test_a_script_grades_files(tmp_path):
    """By one call: a report for each, also for one that cannot be read."""
    files = {"ada": gate.notebook("solutions", NAME), "bob": tmp_path / "none.py"}
    reports = autograder.grade(NAME, files)
    assert ["ada", "bob"] == [*reports]
    assert [reports["ada"].max_score, 0] == [report.score for report in reports.values()]


WHERE = "the answer `f` of `double`"


def alone(function):
    """What stands under another name, where nothing but the source and torch are."""
    space = {"torch": torch}
    exec(standing_alone(function, "g", WHERE), space)
    return space["g"]


class Iterates:
    def __init__(self, n):
        self.n = n


TWO, WORDS, BOUND = 2, ["a", ("b", None)], float(2**0.5)
DTYPES = {"single": torch.float32}


def twice(x):
    return TWO * x


def twice_again(x):
    return twice(x) + 0


class Counts(Iterates):
    def up(self):
        return Counts(self.n + TWO).n


def uses_constants(x):
    return WORDS, BOUND, DTYPES["single"], circle


def uses_a_helper(x):
    return twice_again(x)


def uses_a_class(x):
    return Counts(x).up()


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (uses_constants, 4),
        (uses_a_helper, 3),
        (uses_a_class, 5),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_what_a_function_uses_travels_with_it(function, argument):
    """Constants, helpers, their helpers, classes with their bases: it gives what it gives here."""
    assert function(argument) == alone(function)(argument)


def test_what_travels_is_seen_by_its_function_alone():
    """So that no student's name replaces it, and it replaces none."""
    space = {"torch": torch}
    exec(standing_alone(uses_a_helper, "g", WHERE), space)
    space["TWO"] = space["twice"] = None
    assert 10 == space["g"](5)
    assert "twice_again" not in space


def test_a_check_calls_the_function_by_place_or_by_name():
    """The last parameters may be named; what would leave one out is refused."""
    given = []
    student = Student(lambda question: (given.append(question.given), 0.0), {}, names=("x", "y"))
    student(2, y=3)
    student(y=3, x=2)
    assert [(2, 3)] * 2 == given
    with pytest.raises(DeclarationError, match="y, which are not its last parameters"):
        student(y=3)
