"""A class in numbers, against an independent computation, and in tables: who lost what, and why."""

import dataclasses
import io
import random

import pytest
from rich.console import Console
from test_class_page import CLASS, HALVES, report, result

from autograder.assessment import Decision
from autograder.cli import tables
from autograder.reporting.class_statistics import class_statistics, histogram
from autograder.reporting.view import View
from autograder.results import Outcome, said
from autograder.sentences import message


def printed(show, shown, title="maths") -> list[str]:
    """The lines on a terminal of 80 columns."""
    file = io.StringIO()
    show(shown, Console(width=80, highlight=False, file=file), title)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def table(reports, title="maths") -> list[str]:
    """The lines of a class on a terminal."""
    return printed(tables.show_class, class_statistics(reports), title)


@pytest.mark.parametrize("worth", [1, 10, 30, 7.5])
def test_a_histogram_counts_everyone_once(worth):
    """In the bar where the score lies; full points lie in the last."""
    rng = random.Random(worth)
    scores = [0, worth, *(rng.randint(0, int(4 * worth)) / 4 for _ in range(50))]
    bars = histogram(scores, worth)
    for bar in bars:
        is_last = bar is bars[-1]
        assert (
            len(
                [
                    s
                    for s in scores
                    if bar.low <= s < bar.high or (is_last and s >= bar.low)
                ]
            )
            == bar.count
        )
    assert len(scores) == sum(bar.count for bar in bars)
    assert (0, worth) == (bars[0].low, bars[-1].high)


def test_points_that_nobody_knows_are_in_no_mean():
    """Of what could not be judged, where a person gave points in all; a cause is counted as
    the mean is.
    """
    *others, ed = CLASS
    decided = dataclasses.replace(ed, entered=(Decision(points=1),))
    found = class_statistics([*others, decided])
    assert ([6, 2, 0, 0, 1], 1.5, 3) == (
        found.scores,
        found.exercises[0].mean,
        found.exercises[0].lost_points_count,
    )
    assert class_statistics(CLASS).checks == found.checks
    (alone,) = class_statistics([decided]).exercises[:1]
    assert (None, 0, None) == (alone.mean, alone.lost_points_count, alone.most_frequent)
    ill = class_statistics(
        [dataclasses.replace(CLASS[1], entered=(Decision(is_excused=True),))]
    )
    assert (0, None) == (
        ill.exercises[0].lost_points_count,
        ill.exercises[0].most_frequent,
    )


def test_the_median_and_the_means_are_of_the_grades():
    """Nobody's score who needs a person; who wrote nothing has no answer to a check."""
    amal, bo, *others = CLASS
    failed = dataclasses.replace(bo, later_failure="the disk is full again")
    found = class_statistics([amal, failed, *others])
    reasons = [(student.id, student.review) for student in found.needs_review]
    assert [("bo", "the disk is full again"), ("ed", "the disk is full")] == reasons
    assert ([6, 2, 0, 0], 1, 6) == (found.scores, found.median, found.worth)
    half, whole = found.exercises
    assert ("half", 1.5, 4, 3) == (
        half.name,
        half.mean,
        half.points,
        half.lost_points_count,
    )
    assert ("You forgot to halve.", 2) == (
        half.most_frequent[0].sentence,
        half.most_frequent[1],
    )
    assert ("whole", 0.5, 2, 3, None) == (
        whole.name,
        whole.mean,
        whole.points,
        whole.lost_points_count,
        whole.most_frequent,
    )
    assert class_statistics([]).median is None
    first, other, last = found.checks
    assert (1 / 3, 2 / 3, 1 / 3) == (first.rate, other.rate, last.rate)


def test_what_follows_stands_under_its_cause():
    """And is no cause itself; alone, it is one. Checks of one cause are one loss."""
    (loss,) = View(CLASS[1]).losses
    cause = loss.cause
    told = cause.exercise, cause.mistake, len(loss.results), loss.knock_ons
    assert ("half", "forgets_the_half", 1, ("whole",)) == told
    (alone,) = View(report("x", result("half"), result("whole", lost=2))).losses
    assert ("whole", 'fails "claims c" (wrong answer); cause unknown') == (
        alone.cause.exercise,
        alone.cause.sentence,
    )
    (nothing,) = View(CLASS[3]).losses
    assert ("", "nothing attempted") == (nothing.cause.exercise, nothing.cause.sentence)
    assert [] == View(CLASS[4]).losses
    same = [result("half", n, 2, Outcome.ERROR, cause="raised:E") for n in "abc"]
    assert [3] == [len(loss.results) for loss in View(report("x", *same)).losses]
    slow = [
        result("half", n, 2, Outcome.TIMEOUT, cause=c)
        for n, c in (("a", "ended"), ("b", "too_slow_before"))
    ]
    assert [2] == [len(loss.results) for loss in View(report("x", *slow)).losses]


def test_unknown_mistakes_are_grouped_by_what_the_function_did():
    """Equal values are one entry; other values of the same check are another, with their own
    example.
    """
    wrong = [
        result("half", lost=2, fault=said(f"expected 1, got {value}"))
        for value in (2, 3, 2)
    ]
    found = class_statistics(report(f"s{n}", one) for n, one in enumerate(wrong))
    counted = [(len(tally.students), message(tally.example)) for tally in found.tallies]
    assert [(2, "expected 1, got 2"), (1, "expected 1, got 3")] == counted


def test_an_excused_student_counts_as_excused_alone():
    """Neither as one who attempted nothing, nor in the frequency of a mistake."""
    excused = [
        dataclasses.replace(CLASS[n], entered=(Decision(is_excused=True),))
        for n in (1, 3)
    ]
    found = class_statistics(excused)
    assert [True, True] == [one.is_written for one in found.students]
    assert () == found.tallies


def test_a_class_is_two_tables():
    """Students with each cause where it arose, then exercises; a mistake by its name, or its
    claim.
    """
    assert [
        "maths",
        "student  points  points lost in",
        "amal        6/6",
        "bo          2/6  half (forgets the half)",
        "cy          0/6  half (forgets the half; error)",
        "di          0/4  nothing attempted",
        "ed               the disk is full",
        "",
        "exercise   mean  points lost by  most common cause",
        "half      1.5/4               3  You forgot to halve. (2)",
        "whole     0.5/2               3",
    ] == table(CLASS)
    lost = dataclasses.replace(result("half", lost=2, **HALVES), says="")
    found = class_statistics(
        [report("bo", lost), report("cy", result("whole", lost=2))]
    )
    assert ["half (forgets the half)", "whole (wrong answer)"] == [
        one.remark for one in found.students
    ]
    sentences = [tally.cause.sentence for tally in found.tallies]
    assert [
        "forgets the half",
        'fails "claims c" (wrong answer); cause unknown',
    ] == sentences


@pytest.mark.parametrize(("count", "listed"), [(0, 0), (60, 60), (61, 0)])
def test_of_a_large_class_the_exercises_alone_are_printed(count, listed):
    """The class report has its students."""
    lines = table([report(f"s{n}", result("half")) for n in range(count)])
    assert listed == sum(line.startswith("s") and "/" in line for line in lines)
    assert (count > 0) == any(line.startswith("half") for line in lines)


def test_lines_fit_and_nothing_is_markup_or_steers_a_terminal():
    """A long name is cut, brackets are brackets, and what steers is its code; so it is in a
    gradebook.
    """
    long = report(
        "x" * 40,
        *(
            result(f"exercise_{n}", lost=2, mistake="[red]forgets[/red]")
            for n in range(4)
        ),
    )
    lines = table([long], "[b]title[/b]")
    assert 80 >= max(map(len, lines))
    assert "[b]title[/b]" == lines[0]
    assert "x" * 23 + "…" == lines[2].split()[0]
    assert 8 == sum(line.count("[red]forgets[/red]") for line in lines)
    lost = result("half", lost=2, mistake="\u202eforgets\r")
    assert [
        "vectorization",
        "student  points  points lost in",
        r"\x1bbo      0/2  half (\u202eforgets\r)",
    ] == table([report("\x1bbo", lost)], "vectorization")[:3]
