"""A class in numbers, against an independent computation, and in tables: who lost what, and why."""

from __future__ import annotations

import dataclasses
import io
import random
import weakref
from dataclasses import dataclass

import numpy as np
import pytest
from rich.console import Console
from test_class_page import CLASS, HALVES, report, result

from autograder.reporting import tables
from autograder.reporting.causes import losses
from autograder.reporting.class_statistics import class_statistics, discrimination, histogram
from autograder.reporting.text import text
from autograder.results import Outcome


@dataclass(frozen=True)
class Scored:
    """A student as a gradebook has them."""

    student: str
    score: float | None
    max_score: float | None
    problem: str = ""
    notes: tuple[str, ...] = ()


def printed(show, shown, title="maths") -> list[str]:
    """The lines on a terminal of 80 columns."""
    file = io.StringIO()
    show(shown, Console(width=80, highlight=False, file=file), title)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def table(reports, title="maths") -> list[str]:
    """The lines of a class on a terminal."""
    return printed(tables.show, class_statistics(reports), title)


# Numbers.


@pytest.mark.parametrize("worth", [1, 10, 30, 7.5])
def test_a_histogram_counts_everyone_once(worth):
    """In the bar where the score lies; full points lie in the last."""
    rng = random.Random(worth)
    scores = [0, worth, *(rng.randint(0, int(4 * worth)) / 4 for _ in range(50))]
    bars = histogram(scores, worth)
    for bar in bars:
        is_last = bar is bars[-1]
        assert len([s for s in scores if bar.low <= s < bar.high or (is_last and s >= bar.low)]) == bar.count
    assert len(scores) == sum(bar.count for bar in bars)
    assert (0, worth) == (bars[0].low, bars[-1].high)


def test_discrimination_is_the_correlation_with_the_rest():
    """As numpy has it, without the check itself; nothing where there is no spread."""
    rng = np.random.default_rng(1)
    earned = rng.random((40, 5)) < np.linspace(0.2, 0.9, 40)[:, None]
    points = np.array([1, 2, 1, 3, 1])
    scores = earned @ points
    for n in range(5):
        rest = np.delete(earned, n, 1) @ np.delete(points, n)
        want = np.corrcoef(earned[:, n], rest)[0, 1]
        got = discrimination(earned[:, n].tolist(), scores.tolist(), int(points[n]))
        assert want == pytest.approx(got)
    for flat in ([True, True], [False, False], [True], []):
        assert discrimination(flat, [1.0, 2.0][: len(flat)], 1) is None


def test_a_check_is_measured_by_those_who_wrote_something():
    """Who needs a person or wrote nothing has no answer to it."""
    half, other, whole = class_statistics(CLASS).checks
    assert (1 / 3, 2 / 3, 1 / 3) == (half.rate, other.rate, whole.rate)
    assert np.corrcoef([1, 0, 0], [4, 2, 0])[0, 1] == pytest.approx(half.discrimination)


def test_the_median_and_the_means_are_of_the_grades():
    """Nobody's score who needs a person; nothing of an empty class."""
    found = class_statistics(CLASS)
    assert ([6, 2, 0, 0], 1, 6) == (found.scores, found.median, found.worth)
    half, whole = found.exercises
    assert ("half", 1.5, 4, 3) == (half.name, half.mean, half.points, half.losers)
    assert ("You forgot to halve.", 2) == (half.often[0].sentence, half.often[1])
    assert ("whole", 0.5, 2, 3, None) == (whole.name, whole.mean, whole.points, whole.losers, whole.often)
    assert class_statistics([]).median is None


def test_a_later_failure_of_ours_needs_a_person_and_costs_no_grade():
    """Of who has a grade from before; in the order of the class, with those who have none."""
    found = class_statistics(CLASS, {"bo": "the disk is full again"})
    assert [("bo", "the disk is full again"), ("ed", "the disk is full")] == found.needs_review
    assert 2 == found.students[1].score


def test_a_class_of_ten_thousand_is_not_held():
    """A report is gone when the next but one comes."""
    gone = []

    def reports():
        for number in range(10_000):
            one = report(str(number), result("half", lost=2))
            weakref.finalize(one, gone.append, number)
            assert number - 1 <= len(gone)
            yield one

    assert 10_000 == len(class_statistics(reports()).students)


# Causes.


def test_what_follows_stands_under_its_cause():
    """And is no cause itself; alone, it is one."""
    (loss,) = losses(CLASS[1])
    cause = loss.cause
    assert ("half", "forgets_the_half", 2, ("whole",)) == (
        cause.exercise,
        cause.mistake,
        loss.points,
        loss.follows,
    )
    (alone,) = losses(report("x", result("half"), result("whole", lost=2)))
    assert ("whole", "a wrong answer, where it: claims c") == (alone.cause.exercise, alone.cause.sentence)


def test_checks_of_one_cause_are_one_loss():
    """With the points of all; what was not run for time is no cause of its own."""
    same = [result("half", n, 2, Outcome.ERROR, cause="raised:E") for n in "abc"]
    assert [6] == [loss.points for loss in losses(report("x", *same))]
    slow = [
        result("half", n, 2, Outcome.TIMEOUT, cause=c) for n, c in (("a", "ended"), ("b", "too_slow_before"))
    ]
    assert [4] == [loss.points for loss in losses(report("x", *slow))]
    old = [result("half", n, 2) for n in "ab"]  # an earlier kit named no causes
    assert 2 == len(losses(report("x", *old)))


def test_who_wrote_nothing_has_one_loss_and_a_failure_of_ours_is_none():
    """Of all exercises together; the other is for a person."""
    (loss,) = losses(CLASS[3])
    assert ("", "nothing is written yet") == (loss.cause.exercise, loss.cause.sentence)
    assert [] == losses(CLASS[4])


# Tables.


def test_a_class_is_two_tables():
    """Students with each cause where it arose, then exercises."""
    assert [
        "maths",
        "student  points  lost in",
        "amal        6/6",
        "bo          2/6  half (forgets the half)",
        "cy          0/6  half (forgets the half; an error)",
        "di          0/4  nothing is written yet",
        "ed               the disk is full",
        "",
        "exercise   mean  lost by  most often",
        "half      1.5/4        3  You forgot to halve. (2)",
        "whole     0.5/2        3",
    ] == table(CLASS)


def test_a_file_that_could_not_be_judged_is_told_by_its_reason():
    """Instead of by each exercise."""
    missing = [result(name, lost=2, outcome=Outcome.MISSING, cause="unreadable") for name in ("a", "b")]
    assert "the file is empty" in table([report("quinn", *missing, notes=("the file is empty",))])[2]


@pytest.mark.parametrize(("count", "listed"), [(0, 0), (60, 60), (61, 20)])
def test_of_a_large_class_those_worth_a_look_are_listed(count, listed):
    """Who needs a person, then the fewest points, wherever in the class they come."""
    ours = result("half", lost=2, outcome=Outcome.GRADER_ERROR, message="the disk is full")
    some = [report(str(n), result("half", lost=2 * (n % 50 == 7))) for n in range(count - 1)]
    lines = table([*some, report("zoe", ours)][:count] if count else [])
    names = [line.split()[0] for line in lines[2 : 2 + listed]]
    assert (["zoe", "7", "57", "0"] if count == 61 else []) == names[: 4 * (count == 61)]
    assert (count == 61) == ("and 41 more, with no fewer points" in lines)
    assert listed == len(names)


def test_a_gradebook_is_one_table():
    """Of all students; without a score, the field is empty, and why stands before all notes."""
    some = [Scored("amal", 4.5, 6, notes=("a", "b")), Scored("bo", None, None, "no file", ("c",))]
    assert [
        "vectorization",
        "student  score  worth knowing",
        "amal     4.5/6  a; b",
        "bo              no file",
    ] == printed(tables.show_gradebook, some, "vectorization")
    assert 2 + 99 == len(printed(tables.show_gradebook, [Scored(str(n), 1, 1) for n in range(99)]))


def test_lines_fit_and_nothing_is_markup_or_steers_a_terminal():
    """A long name is cut, a long remark goes on below, brackets are brackets, and what steers is its code."""
    long = report(
        "x" * 40, *(result(f"exercise_{n}", lost=2, mistake="[red]forgets[/red]") for n in range(4))
    )
    lines = table([long], "[b]title[/b]")
    assert 80 >= max(map(len, lines))
    assert "[b]title[/b]" == lines[0]
    assert "x" * 23 + "…" == lines[2].split()[0]
    assert 8 == sum(line.count("[red]forgets[/red]") for line in lines)
    odd = printed(tables.show_gradebook, [Scored("\x1b[2Jann", None, None, "\u202eno file\r")])
    assert r"\x1b[2Jann" in odd[-1]
    assert r"\u202eno file\r" in odd[-1]


def test_a_report_is_printed_as_its_text():
    """With nothing added where there are no colours, and nothing of it is markup."""
    one = report("[b]bo", result("half", lost=2, message="expected [red]1[/red]"), result("half", "d"))
    file = io.StringIO()
    tables.show_report(one, Console(width=80, highlight=False, file=file))
    assert text(one) == file.getvalue()
    coloured = io.StringIO()
    tables.show_report(one, Console(width=80, file=coloured, force_terminal=True, color_system="standard"))
    assert "\x1b[32m  ok\x1b[0m" in coloured.getvalue()


def test_a_mistake_is_told_in_words_and_an_unnamed_one_by_its_claim():
    """Its name beside a student, and its sentence for the class."""
    lost = dataclasses.replace(result("half", lost=2, **HALVES), says="")
    found = class_statistics([report("bo", lost), report("cy", result("whole", lost=2))])
    assert ["half (forgets the half)", "whole (a wrong answer)"] == [one.remark for one in found.students]
    assert ["forgets the half", "a wrong answer, where it: claims c"] == [
        tally.cause.sentence for tally in found.tallies
    ]
