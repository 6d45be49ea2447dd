"""Exercises: an author's slip raises at import, and each exercise says all that it must."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import strategies as st

from autograder import exercises
from autograder.checks import CASES, Check, DeclarationError, Exercise, Mistake, source_as

ROOT = Path(__file__).resolve().parent.parent
FOUND = [exercise for name in exercises.assignments() for exercise in exercises.of(name)]
CHECKS = [check for exercise in FOUND for check in exercise.checks]
MISTAKES = [(exercise, mistake) for exercise in FOUND for mistake in exercise.mistakes]
GIVEN = st.fixed_dictionaries({"x": st.integers()})


def exercise(**changes) -> Exercise:
    return Exercise(**{"name": "double", "assignment": "tiny", "order": 1} | changes)


def with_a_check() -> tuple[Exercise, object]:
    one = exercise()

    @one.check(points=2, hint="Twice?", given=GIVEN)
    def doubles(double, x):
        """doubles its number

        and more that a student does not read
        """

    return one, doubles


# Declaring a check.


def test_a_check_takes_its_title_from_its_docstring():
    """The first line; the rest is for authors."""
    one, body = with_a_check()
    (check,) = one.checks
    assert ("double", "doubles", "doubles its number") == (check.exercise, check.name, check.title)
    assert (2, "Twice?", CASES) == (check.points, check.hint, check.cases)
    assert (body, GIVEN) == (check.body, check.given)


def test_the_decorators_leave_the_functions_as_they_are():
    """So that one check's body can be named by a mistake, and called by another."""
    one = exercise()

    def right(x):
        return 2 * x

    def body(double):
        """doubles"""

    def wrong(x):
        return x

    assert right is one.answer(right)
    assert body is one.check(points=1, hint="h")(body)
    assert wrong is one.mistake(fails=[body], says="s")(wrong)


def test_a_check_without_inputs_is_one_case():
    """`cases` counts what is drawn."""
    one = exercise()

    @one.check(points=1, hint="h", cases=50)
    def is_fast(double):
        """is fast"""

    @one.check(points=1, hint="h", cases=20, given=GIVEN)
    def doubles(double, x):
        """doubles"""

    assert [1, 20] == [check.cases for check in one.checks]


def test_an_exercise_is_worth_its_checks():
    """And nothing while it has none."""
    one, _ = with_a_check()
    one.check(points=0.5, hint="h")(test_an_exercise_is_worth_its_checks)
    assert (2.5, 0) == (one.points, exercise().points)


def test_a_function_has_the_exercise_s_name_unless_told():
    """`end_to_end` runs the function `train`."""
    assert ("double", "twice") == (exercise().function, exercise(function="twice").function)


def test_exercises_share_nothing():
    """Each has lists of its own."""
    one, _ = with_a_check()
    assert ([], []) == (exercise().checks, exercise().mistakes)
    assert 1 == len(one.checks)


def declared(points=1, hint="Why?", docstring="claims something", name="claims"):
    def body(double):
        pass

    body.__name__, body.__doc__ = name, docstring
    one, _ = with_a_check()
    return one.check(points=points, hint=hint)(body)


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        (
            {"docstring": None},
            "check `claims` of `double` has no docstring: write the claim it checks",
        ),
        ({"docstring": "  \n "}, "check `claims` of `double` has no docstring: write the claim it checks"),
        ({"hint": ""}, "check `claims` of `double` has no hint: say where to look when it fails"),
        ({"hint": " \n"}, "check `claims` of `double` has no hint: say where to look when it fails"),
        ({"points": 0}, "check `claims` of `double` is worth 0 points: write a positive number"),
        ({"points": -1}, "check `claims` of `double` is worth -1 points: write a positive number"),
        (
            {"points": float("nan")},
            "check `claims` of `double` is worth nan points: write a positive number",
        ),
        ({"name": "doubles"}, "check `doubles` of `double` is declared twice: rename one of them"),
    ],
)
def test_a_slip_in_a_check_raises_at_import(slip, message):
    """One sentence that says what to write."""
    with pytest.raises(DeclarationError) as caught:
        declared(**slip)
    assert message == str(caught.value)


def test_a_check_may_have_the_cases_of_others():
    """Of those declared before it, all together."""
    one, first = with_a_check()

    @one.check(points=1, hint="h", given=GIVEN, cases=7)
    def second(double, x):
        """is asked too"""

    @one.check(points=1, hint="h", like=[first, second])
    def third(double, x):
        """has the cases of both"""

    assert ((), ("doubles", "second")) == (one.checks[0].like, one.checks[2].like)
    assert CASES + 7 == one.checks[2].cases
    assert one.checks[2].given is not None


@pytest.mark.parametrize(("given", "known"), [(GIVEN, True), (None, False)])
def test_a_check_draws_its_cases_or_has_those_of_others(given, known):
    """Not both, and not those of a check that comes later or elsewhere."""
    one, first = with_a_check()
    with pytest.raises(DeclarationError) as caught:

        @one.check(points=1, hint="h", given=given, like=[first if known else other_check])
        def claims(double, x):
            """claims something"""

    want = "check `claims` of `double` may draw cases, or be like checks before it: give one"
    assert want == str(caught.value)


@pytest.mark.parametrize("missing", ["points", "hint"])
def test_points_and_hint_must_be_written(missing):
    """Python itself says which is missing."""
    words = {"points": 1, "hint": "h"}
    del words[missing]
    with pytest.raises(TypeError, match=missing):
        exercise().check(**words)


# Declaring a mistake.


def test_a_mistake_knows_its_source_under_the_function_s_name():
    """So that it runs in a worker as a submission does."""
    one, body = with_a_check()

    @one.mistake(fails=[body], says="You triple.")
    def triples(x):
        return 3 * x

    source = "def double(x):\n    return 3 * x\n"
    assert [Mistake("triples", source, frozenset({"doubles"}), "You triple.")] == one.mistakes


def other_check(double):
    """checks another exercise"""


@pytest.mark.parametrize(
    ("fails", "says", "message"),
    [
        (
            [],
            "You triple.",
            "mistake `triples` of `double` must fail checks declared before it: frozenset()",
        ),
        (
            [other_check],
            "You triple.",
            "mistake `triples` of `double` must fail checks declared before it: frozenset({'other_check'})",
        ),
        (
            None,
            " ",
            "mistake `triples` of `double` says nothing: write what the student should read",
        ),
    ],
)
def test_a_slip_in_a_mistake_raises_at_import(fails, says, message):
    """A mistake that fails nothing known, or says nothing, is none."""
    one, body = with_a_check()

    def triples(x):
        return 3 * x

    with pytest.raises(DeclarationError) as caught:
        one.mistake(fails=[body] if fails is None else fails, says=says)(triples)
    assert message == str(caught.value)
    assert [] == one.mistakes


# source_as: a function's text under another name.


def plain(x):
    return deco(x)  # its own name elsewhere stays: plain


def deco(function):
    return function


@deco
@deco
def decorated(
    x,
    y=(1, 2),
):
    """A docstring with def decorated(x) in it."""
    return x


class Iterates:
    def __init__(self, n):
        self.n = n


def test_source_as_renames_the_definition_alone():
    """Only in its first line, so that other words stay."""
    want = "def other(x):\n    return deco(x)  # its own name elsewhere stays: plain\n"
    assert want == source_as(plain, "other")


def test_source_as_leaves_decorators_out():
    """Those of an exercise mean nothing in a worker."""
    text = source_as(decorated, "f")
    assert text.startswith("def f(\n    x,\n    y=(1, 2),\n):\n")
    assert "def decorated(x) in it" in text


def test_source_as_takes_classes():
    """A right data_iter may be one."""
    assert source_as(Iterates, "data_iter").startswith("class data_iter:\n    def __init__")


def test_source_as_dedents():
    """A function inside another is one at top level there."""

    def inner(x):
        if x:
            return x
        return None

    space = {}
    exec(source_as(inner, "outer"), space)
    assert (5, None) == (space["outer"](5), space["outer"](0))


# The kit's own exercises.

POINTS = {
    "vector_add": 5,
    "data_iter": 6,
    "linreg": 4,
    "squared_loss": 5,
    "sgd": 6,
    "train": 6,
    "end_to_end": 3,
}


def test_each_exercise_is_worth_what_the_course_says():
    """Seven exercises in two assignments, 35 points."""
    assert POINTS == {one.name: one.points for one in FOUND}
    assert ["linear_regression", "vectorization"] == exercises.assignments()
    assert ["vector_add"] == [one.name for one in exercises.of("vectorization")]


def test_exercises_come_in_the_order_of_the_chapter():
    """A part before what is built of it."""
    names = ["data_iter", "linreg", "squared_loss", "sgd", "train", "end_to_end"]
    assert names == [one.name for one in exercises.of("linear_regression")]


def test_an_unknown_assignment_has_no_exercises():
    """An empty list, which its caller puts into words."""
    assert [] == exercises.of("calculus")


def test_the_notebooks_test_cells_are_worth_the_same():
    """nbgrader's points and ours are the same numbers, cell by cell."""
    cells = {}
    for path in ROOT.glob("solutions/*/*.ipynb"):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            mark = cell["metadata"].get("nbgrader", {})
            if mark.get("grade_id", "").startswith("test_"):
                cells[path.stem, mark["grade_id"], mark["grade"], mark["locked"]] = mark["points"]
    want = {(one.assignment, f"test_{one.name}", True, True): one.points for one in FOUND}
    assert want == cells


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.exercise}.{check.name}")
def test_every_check_says_what_it_must(check):
    """A title that reads as a sentence, a hint that ends as one, and points."""
    assert isinstance(check, Check)
    assert check.points > 0
    assert re.fullmatch(r"[a-z].*[^.]", check.title), "a title goes on after the exercise's name"
    assert check.hint[-1] in ".?)"
    assert check.hint.lower() != check.title.lower()
    assert len(check.title) <= 100


@pytest.mark.parametrize("one", FOUND, ids=lambda one: one.name)
def test_titles_hints_and_names_are_not_repeated(one):
    """Each check has something of its own to say."""
    for words in ("title", "name", "hint"):
        values = [getattr(check, words) for check in one.checks]
        assert sorted(set(values)) == sorted(values)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("one", FOUND, ids=lambda one: one.name)
def test_no_hint_is_the_answer(one):
    """Nor is what is said of a mistake: neither its whole code, nor its body."""
    body = squeezed(one.source.partition(":\n")[2])
    words = [check.hint for check in one.checks] + [mistake.says for mistake in one.mistakes]
    assert body
    for text in words:
        assert squeezed(text) != squeezed(one.source)
        assert body not in squeezed(text)
        assert body.removeprefix("return") != squeezed(text).strip("`.?")


@pytest.mark.parametrize("one", FOUND, ids=lambda one: one.name)
def test_each_answer_defines_the_function(one):
    """Under the name that the student's function has."""
    space = {}
    exec(one.source, space)
    assert callable(space[one.function])


@pytest.mark.parametrize(
    ("name", "count"),
    [("data_iter", 6), ("squared_loss", 6), ("sgd", 6), ("train", 6), ("linreg", 4), ("vector_add", 4)],
)
def test_enough_mistakes_are_known(name, count):
    """The common ones, so that a student reads what went wrong."""
    (one,) = [one for one in FOUND if one.name == name]
    assert count <= len(one.mistakes)


@pytest.mark.parametrize(("one", "mistake"), MISTAKES, ids=[f"{e.name}.{m.name}" for e, m in MISTAKES])
def test_every_mistake_is_code_of_its_own_with_words(one, mistake):
    """It defines the student's function, is no right answer, and says so in a sentence."""
    space = {}
    exec(mistake.source, space)
    assert callable(space[one.function])
    assert squeezed(one.source) != squeezed(mistake.source)
    assert mistake.fails <= {check.name for check in one.checks}
    assert mistake.says[-1] in ".?"


@pytest.mark.parametrize("one", FOUND, ids=lambda one: one.name)
def test_mistakes_are_told_apart(one):
    """No two have the same name, words or code."""
    for part in ("name", "says", "source"):
        values = [getattr(mistake, part) for mistake in one.mistakes]
        assert sorted(set(values)) == sorted(values)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.exercise}.{check.name}")
def test_every_check_but_the_slow_ones_draws_a_hundred_cases(check):
    """`end_to_end` trains in each; two checks have one problem each."""
    if check.given is None:
        assert (check.exercise, check.name) in {
            ("vector_add", "is_vectorized"),
            ("end_to_end", "learns_the_book_problem"),
        }
    else:
        assert (10 if check.exercise == "end_to_end" else 100) <= check.cases
