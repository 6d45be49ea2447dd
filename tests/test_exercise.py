"""Exercises: what an author declares, and each slip, which raises at import in one sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import strategies as st

import autograder
from autograder import exercises
from autograder.authoring import (
    CASES,
    OWN,
    RECORDED,
    DeclarationError,
    Exercise,
    Mistake,
    drawing,
    tensors,
)
from autograder.judging import gate

GIVEN = st.fixed_dictionaries({"x": st.integers()})


def exercise(**changes) -> Exercise:
    return Exercise(**{"name": "double", "order": 1} | changes)


def slip(declare) -> str:
    """What an author reads of a declaration that does not hold."""
    with pytest.raises(DeclarationError) as caught:
        declare()
    return str(caught.value)


def with_a_check() -> tuple[Exercise, object]:
    one = exercise()

    @one.check(points=2, hint="Twice?", given=GIVEN)
    def doubles(double, x):
        """doubles its number

        and more that a student does not read
        """

    return one, doubles


# Declaring a check.


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


WHERE = "check `claims` of `double`"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"docstring": None}, f"{WHERE} has no docstring. Write the claim that it checks."),
        ({"hint": " \n"}, f"{WHERE} has no hint. Write one that says where to look when the check fails."),
        ({"points": 0}, f"{WHERE} is worth 0 points. Write a positive number."),
        ({"name": "doubles"}, "check `doubles` of `double` is declared twice. Rename one of them."),
        *[
            (
                wrong,
                f"{WHERE} has a wrong detection_rate. Write a share of the drawn cases, above 0 and at "
                "most 1, and leave out cases=.",
            )
            for wrong in (
                {"given": GIVEN, "detection_rate": 0.2, "cases": 30},
                {"detection_rate": 0.2},
                {"given": GIVEN, "detection_rate": float("nan")},
            )
        ],
        (
            {"given": GIVEN, "sequential": True, "edge_cases": [GIVEN]},
            f"{WHERE} has edge_cases= but draws no cases. Add given=, or remove edge_cases=.",
        ),
    ],
)
def test_a_slip_in_a_check_raises_at_import(wrong, message):
    """One sentence that says what to write."""
    options = {"points": 1, "hint": "Why?", "docstring": "claims something", "name": "claims"} | wrong

    def body(double):
        pass

    body.__name__, body.__doc__ = options.pop("name"), options.pop("docstring")
    one, _ = with_a_check()
    assert message == slip(lambda: one.check(**options)(body))


def test_a_check_draws_its_cases_or_has_those_of_others():
    """Of those declared before it in its exercise, and not both."""
    one, first = with_a_check()

    def claims(double, x):
        """claims something"""

    words = f"{WHERE} must either draw cases or take those of earlier checks. Keep one of given= and "
    words += "same_cases_as=."
    for given, other in ((GIVEN, first), (None, other_check)):
        declare = one.check(points=1, hint="h", given=given, same_cases_as=[other])
        assert words == slip(lambda: declare(claims))  # noqa: B023


# Declaring a mistake.


def test_a_mistake_knows_its_source_under_the_function_s_name():
    """So that it runs in a worker as a submission does."""
    one, body = with_a_check()

    @one.mistake(fails=[body], says="You triple.")
    def triples(x):
        return 3 * x

    source = "def double(x):\n    return 3 * x\n"
    doubles = frozenset({"doubles"})
    assert [Mistake("triples", source, doubles, "You triple.", doubles)] == one.mistakes


def other_check(double):
    """checks another exercise"""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"fails": [other_check]},
            "must fail checks that are declared above it. These are not: other_check.",
        ),
        ({"fails": []}, "fails no check. Declare checks above it, and name some in fails=."),
        ({"says": " "}, "has no message. Write what the student should read."),
        (
            {"costs": [other_check]},
            "must cost at least one of the checks in fails=, and no others. Correct costs=.",
        ),
    ],
)
def test_a_slip_in_a_mistake_raises_at_import(wrong, message):
    """A mistake that fails nothing known, or says nothing, is none; its words stand where it costs."""
    one, body = with_a_check()

    def triples(x):
        return 3 * x

    declare = one.mistake(**{"fails": [body], "says": "You triple."} | wrong)
    assert f"mistake `triples` of `double` {message}" == slip(lambda: declare(triples))
    assert [] == one.mistakes


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


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (
            ("twice", ""),
            "replaces `twice`, which occurs 2 times in the right answer. Write a text that occurs once.",
        ),
        (
            ("+ 0", "+"),
            "turns the right answer into invalid Python (invalid syntax). Correct the new text.",
        ),
        (
            ("+ 0", "+ 1", "+ x"),
            "needs a name, a right answer above it, and pairs of old and new text. Add what is missing.",
        ),
        (
            ("+ 0", "+ nowhere"),
            "uses `nowhere`, which is not defined above it. Define it there or inside the function.",
        ),
    ],
    ids=["twice", "no Python", "no pair", "unknown name"],
)
def test_a_change_that_does_not_fit_raises_at_import(texts, says):
    """So that an answer that is edited leaves no mistake behind that is another than its words say."""
    one, body = with_an_answer()
    declare = one.mistake("goes_wrong", "You go wrong.", fails=[body])
    assert f"mistake `goes_wrong` of `double` {says}" == slip(lambda: declare.replace(*texts))
    assert [] == one.mistakes


# The right answer, which an exercise is called for.


def test_an_exercise_is_its_right_answer():
    """Call it, and what its author wrote is called; without one it says where to write it."""
    one = exercise(function="twice")
    assert "`double` has no answer yet. Declare its answer before the code that calls it." == slip(
        lambda: one(3)
    )

    @one.answer
    def right(x):
        return 2 * x

    assert (6, "def twice(x):\n    return 2 * x\n") == (one(3), one.right_source)


# Declaring a probe.


# Parts, and who plays them.


def whole(*parts, **changes) -> Exercise:
    return exercise(name="whole", parts=parts, **changes)


def named(*names) -> list[Exercise]:
    return [exercise(name=name) for name in names]


def test_a_part_has_a_function_of_its_own():
    """An exercise that judges another's function cannot be a part: it has nothing to replace."""
    words = (
        "`again` cannot be a part of `whole`, because it has no function of its own. Remove it from parts=."
    )
    assert words == slip(lambda: whole(exercise(name="again", function="double")))


def test_an_exercise_of_own_parts_alone_lends_none():
    """Then no right answer may lie in its workers, to be found; who guards a part stays."""
    part = exercise(name="part")

    @part.answer
    def right(x):
        return x

    @part.bounded
    def ends(own):
        return own

    one = whole(part)
    one.doubles(others=OWN)
    assert not one.has_doubles
    assert {"part": {"bounded": part.own_doubles["bounded"]}} == one.double_sources


@pytest.mark.parametrize(
    ("one", "roles", "message"),
    [
        (
            lambda: whole(*named("first", "second")),
            {"third": OWN},
            "The doubles of `whole` name `third`, which is not a part. Its parts are first, second.",
        ),
        (
            lambda: whole(*named("first")),
            {"first": RECORDED},
            "The doubles of `whole` record `first`. Declare `@first.recorded` first.",
        ),
    ],
    ids=["no part", "no replay"],
)
def test_a_slip_in_a_cast_raises_at_import(one, roles, message):
    """It names parts alone, and records what says how."""
    assert message == slip(lambda: one().doubles(**roles))


# The sample class.


# What a course imports.

LAZY = """
import sys
from autograder import Report, Settings, cache
assert "torch" not in sys.modules
import autograder
from autograder import authoring, expect
assert all(getattr(autograder, name) is getattr(authoring, name) for name in authoring.__all__)
assert not hasattr(autograder, "no_such_name")
"""


def test_a_contract_draws_an_input_of_any_name():
    """Also one that an option of a strategy has."""
    one = exercise()

    @one.answer
    def right(sizes, zeros):
        return sizes + zeros

    one.contract(given=tensors(sizes="n", zeros="n"), points={"value": 1})
    assert {"sizes", "zeros"} == drawing.draw(one.oracles[0].given, 1, 0)[0].keys()


def test_a_course_imports_all_from_one_place():
    """Each name when it is first used: who only reads reports waits for no torch."""
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True)
    assert "" == done.stderr


def test_a_script_grades_files(tmp_path):
    """By one call: a report for each, also for one that cannot be read."""
    name = min(exercises.assignments(), key=lambda name: len(exercises.of(name)))
    files = {"ada": gate.notebook("solutions", name), "bob": tmp_path / "none.py"}
    reports = autograder.grade(name, files)
    assert ["ada", "bob"] == [*reports]
    assert [reports["ada"].max_score, 0] == [report.score for report in reports.values()]
