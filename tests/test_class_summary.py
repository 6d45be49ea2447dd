"""A class in numbers and in tables: who lost what, and what was lost by how many."""

from __future__ import annotations

import dataclasses
import io
import weakref
from dataclasses import dataclass, fields

import pytest
from rich.console import Console

from autograder.reporting import tables
from autograder.reporting.class_summary import (
    ROWS,
    WORTH_A_LOOK,
    ClassSummary,
    Student,
    of_course,
    summarize,
)
from autograder.reporting.text import text
from autograder.results import Outcome, Report, Result


def result(exercise: str, lost: float = 0, outcome=None, mistake="", message="") -> Result:
    """A check worth 2 points."""
    outcome = outcome or (Outcome.FAILED if lost else Outcome.PASSED)
    return Result(exercise, "c", "a claim", 2, 2 - lost, outcome, message, mistake=mistake)


def report(id: str, *results: Result, **more) -> Report:
    """A student's report."""
    return Report(id, f"{id}.py", "linear_regression", results, **more)


CLASS = (
    report("amal", result("linreg"), result("linreg"), result("sgd")),
    report("bo", result("linreg", 1), result("linreg", 2, mistake="flattens"), result("sgd", 2)),
    report(
        "cy", result("linreg"), result("linreg", 2, mistake="flattens"), result("sgd", 2, Outcome.TIMEOUT)
    ),
    report("di", result("linreg"), result("linreg"), result("sgd", 2, Outcome.GRADER_ERROR)),
)


@dataclass(frozen=True)
class Scored:
    """A student as a gradebook has them."""

    student: str
    score: float | None
    max_score: float | None
    problem: str = ""
    notes: tuple[str, ...] = ()


def printed(summary: ClassSummary, title: str = "linear_regression") -> list[str]:
    """The lines on a terminal of 80 columns."""
    file = io.StringIO()
    tables.show(summary, Console(width=80, highlight=False, file=file), title)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_student_is_told_by_what_was_lost_and_why():
    """The first reason of an exercise that has a name; a wrong value without one has none."""
    students = summarize(CLASS).students
    assert ("amal", "bo", "cy", "di") == tuple(one.id for one in students)
    assert (6, 1, 2, None) == tuple(one.score for one in students)
    assert (
        "",
        "linreg (flattens), sgd",
        "linreg (flattens), sgd (out of time)",
        "sgd (not judged)",
    ) == tuple(one.remark for one in students)


def test_a_file_that_could_not_be_judged_is_told_by_its_reason():
    """Instead of by each exercise."""
    missing = [result(name, 2, Outcome.MISSING, message="the file is empty") for name in ("linreg", "sgd")]
    (student,) = summarize([report("quinn", *missing, notes=("the file is empty",))]).students
    assert "the file is empty" == student.remark


def test_a_file_without_a_grade_is_no_loss():
    """Its reason is told, and the means are of those who were graded."""
    unread = [
        result(name, 2, Outcome.GRADER_ERROR, message="it is no notebook") for name in ("linreg", "sgd")
    ]
    summary = summarize([report("ana", result("linreg")), report("quinn", *unread, name="Quinn Li")])
    assert [("ana", 2, ""), ("quinn", None, "it is no notebook")] == [
        (one.id, one.score, one.remark) for one in summary.students
    ]
    assert [("linreg", 2, 0)] == [(one.exercise, one.earned, one.losers) for one in summary.exercises]
    assert "quinn Quinn Li" in "\n".join(printed(summary))


def test_an_exercise_is_told_by_means_and_losers():
    """Each student counts once for an exercise, however many of its checks were lost."""
    linreg, sgd = summarize(CLASS).exercises
    assert ("linreg", 2.75, 4, 2) == (linreg.exercise, linreg.earned, linreg.points, linreg.losers)
    assert ("flattens", 2) == (linreg.reason, linreg.times)
    assert ("sgd", 0.5, 2, 3) == (sgd.exercise, sgd.earned, sgd.points, sgd.losers)


def test_of_equally_frequent_reasons_the_first_is_told():
    """So that the same class is told in the same words."""
    sgd = summarize(CLASS).exercises[1]
    assert ("out of time", 1) == (sgd.reason, sgd.times)


@pytest.mark.parametrize(
    ("count", "listed"), [(0, 0), (1, 1), (ROWS, ROWS), (ROWS + 1, WORTH_A_LOOK), (500, WORTH_A_LOOK)]
)
def test_of_a_large_class_those_worth_a_look_are_listed(count, listed):
    """Up to ROWS students are listed, and of a larger class some."""
    summary = summarize(report(str(number), result("sgd", 2)) for number in range(count))
    assert (count, listed) == (summary.count, len(summary.students))
    assert [count] * min(count, 1) == [one.losers for one in summary.exercises]


def test_a_class_of_ten_thousand_is_not_held():
    """A report is gone when the next but one comes."""
    gone = []

    def reports():
        for number in range(10_000):
            one = report(str(number), result("sgd", 2))
            weakref.finalize(one, gone.append, number)
            assert number - 1 <= len(gone)
            yield one

    assert 10_000 == summarize(reports()).count


def test_a_gradebook_is_told_by_scores_and_what_is_worth_knowing():
    """Why there is no score, or else the notes; all students, since nothing else tells of them."""
    some = [Scored("amal", 4.5, 6, notes=("a", "b")), Scored("bo", None, None, "no file", ("c",))]
    summary = of_course(some)
    assert (Student("amal", 4.5, 6, "a; b"), Student("bo", None, None, "no file")) == summary.students
    assert ROWS + 1 == len(of_course([Scored(str(n), 1, 1) for n in range(ROWS + 1)]).students)


def test_summaries_are_frozen():
    """They pass between rooms."""
    summary = summarize(CLASS)
    for one in (summary, summary.students[0], summary.exercises[0]):
        with pytest.raises(AttributeError):
            setattr(one, fields(one)[0].name, None)


def test_a_class_is_two_tables():
    """Students, then exercises."""
    assert [
        "linear_regression",
        "student  points  lost in",
        "amal        6/6",
        "bo          1/6  linreg (flattens), sgd",
        "cy          2/6  linreg (flattens), sgd (out of time)",
        "di               sgd (not judged)",
        "",
        "exercise   mean  lost by  most often",
        "linreg    2.8/4        2  flattens (2)",
        "sgd       0.5/2        3  out of time (1)",
    ] == printed(summarize(CLASS))


def test_worth_a_look_are_who_need_a_person_and_the_fewest_points():
    """In this order, wherever in the class they come; how many more there are is said."""
    ours = result("sgd", 2, Outcome.GRADER_ERROR, message="the disk is full")
    some = [report(str(n), result("sgd", 2 * (n % 50 == 7))) for n in range(500)]
    summary = summarize([*some, report("zoe", ours)])
    assert ["zoe", *(str(n) for n in range(7, 500, 50))] == [one.id for one in summary.students[:11]]
    lines = printed(summary)
    assert "and 481 more, with no fewer points" in lines
    assert ["zoe", "the", "disk", "is", "full"] == lines[2].split()
    assert 30 > len(lines)


def test_a_mistake_is_told_in_words():
    """Its name beside a student, and its sentence for the class."""
    lost = result("loss", 2, mistake="forgets_the_half")
    told = dataclasses.replace(lost, says="You forgot to halve.")
    summary = summarize([report("bo", told), report("cy", told)])
    assert "loss (forgets the half)" == summary.students[0].remark
    assert ("You forgot to halve.", 2) == (summary.exercises[0].reason, summary.exercises[0].times)


def test_what_follows_from_parts_says_so_and_an_empty_notebook_says_only_that():
    """No reason of its own is told where another explains it."""
    both = result("sgd", 2, Outcome.ERROR), result("whole", 2, Outcome.ERROR)
    blank = (dataclasses.replace(one, cause="not_written") for one in both)
    summary = summarize([report("bo", *both, follows={"whole": ("sgd",)}), report("cy", *blank)])
    remarks = [one.remark for one in summary.students]
    assert ["sgd (an error), whole (follows)", "nothing is written yet"] == remarks


def test_a_report_is_printed_as_its_text():
    """With nothing added where there are no colours, and nothing of it is markup."""
    one = report("[b]bo", result("sgd", 2, message="expected [red]1[/red]"), result("sgd"))
    file = io.StringIO()
    tables.show_report(one, Console(width=80, highlight=False, file=file))
    assert text(one) == file.getvalue()
    coloured = io.StringIO()
    tables.show_report(one, Console(width=80, file=coloured, force_terminal=True, color_system="standard"))
    assert "\x1b[32m  ok\x1b[0m" in coloured.getvalue()


def test_a_gradebook_is_one_table():
    """Without a score, the field is empty."""
    some = [Scored("amal", 4.5, 6), Scored("bo", None, None, "no file was handed in")]
    assert [
        "vectorization",
        "student  score  worth knowing",
        "amal     4.5/6",
        "bo              no file was handed in",
    ] == printed(of_course(some), "vectorization")


def test_lines_fit_and_nothing_is_markup():
    """A long name is cut, a long remark goes on below, and brackets are brackets."""
    long = report("x" * 40, *(result(f"exercise_{n}", 2, mistake="[red]forgets[/red]") for n in range(4)))
    lines = printed(summarize([long]), "[b]title[/b]")
    assert 80 >= max(map(len, lines))
    assert "[b]title[/b]" == lines[0]
    assert "x" * 23 + "…" == lines[2].split()[0]
    assert 8 == sum(line.count("[red]forgets[/red]") for line in lines)


def test_a_table_shows_what_steers_a_terminal_as_a_code():
    """What a student is called, and what is known of them."""
    table = printed(of_course([Scored("\x1b[2Jann", None, None, "\u202eno file\r")]))
    assert r"\x1b[2Jann" in table[-1]
    assert r"\u202eno file\r" in table[-1]
