"""A class in numbers, against an independent computation, and in tables: who lost what, and why."""

import dataclasses
import io
import random
from unittest import mock

import pytest
from rich.console import Console
from test_class_page import CLASS, HALVES, report, result

from autograder.assessment import Decision
from autograder.cli import tables
from autograder.reporting.class_statistics import ClassStatistics, histogram
from autograder.reporting.rows import losses_of
from autograder.reporting.view import View
from autograder.results import Outcome


def table(reports, title="maths"):
    """The lines of a class on a terminal of 80 columns."""
    file = io.StringIO()
    terminal = Console(width=80, highlight=False, file=file)
    with mock.patch.object(tables, "console", return_value=terminal):
        tables.show_class(ClassStatistics(reports), title)
    return [line.rstrip() for line in file.getvalue().splitlines()]


@pytest.mark.parametrize("worth", [1, 10, 7.5])
def test_a_histogram_counts_everyone_once(worth):
    """In the bar where the score lies; full points lie in the last."""
    rng = random.Random(worth)
    scores = [
        0,
        worth,
        *(rng.randint(0, int(4 * worth)) / 4 for _ in range(50)),
    ]
    *others, last = histogram(scores, worth)
    for bar in others:
        assert sum(bar.low <= score < bar.high for score in scores) == bar.count
    assert sum(score >= last.low for score in scores) == last.count
    assert others[0].low == 0
    assert last.high == worth


def test_points_that_nobody_knows_are_in_no_mean():
    """Where a person gave points in all, and of who is excused."""
    *others, ed = CLASS
    decided = dataclasses.replace(ed, entered=(Decision(points=1),))
    found = ClassStatistics([*others, decided])
    assert found.scores == [6, 2, 0, 0, 1]
    assert found.means["half"] == 1.5
    assert found.checks == ClassStatistics(CLASS).checks
    excused = dataclasses.replace(
        CLASS[1], entered=(Decision(is_excused=True),)
    )
    for known in (decided, excused):
        assert ClassStatistics([known]).means["half"] is None


def test_the_median_and_the_means_are_of_the_grades():
    """Nobody's score who needs review; who attempted nothing has no answer to a check."""
    amal, bo, *others = CLASS
    failed = dataclasses.replace(bo, later_failure="the disk is full again")
    found = ClassStatistics([amal, failed, *others])
    reasons = {student.id: student.waits_for for student in found.waiting}
    assert reasons == {"bo": "the disk is full again", "ed": "the disk is full"}
    assert found.scores == [6, 2, 0, 0]
    assert found.median == 1
    assert found.worth == 6
    assert found.means == {"half": 1.5, "whole": 0.5}
    assert [check.rate for check in found.checks] == [1 / 3, 2 / 3, 1 / 3]
    assert ClassStatistics([]).median is None


UNKNOWN = 'fails "claims c" (wrong answer); cause unknown'
RAISES = [result("half", n, 2, Outcome.ERROR, cause="raised:E") for n in "abc"]
SLOW = [
    result("half", c, 2, Outcome.TIMEOUT, cause=c)
    for c in ("ended", "too_slow_before")
]


@pytest.mark.parametrize(
    ("student", "losses"),
    [
        (CLASS[1], [("half", "You forgot to halve.", 1)]),
        (report("x", result("whole", lost=2)), [("whole", UNKNOWN, 1)]),
        (CLASS[3], [("", "nothing attempted", 2)]),
        (CLASS[4], []),
        (
            report("x", *RAISES),
            [("half", 'fails "claims a" (error); cause unknown', 3)],
        ),
        (
            report("x", *SLOW),
            [("half", 'fails "claims ended" (time limit); cause unknown', 2)],
        ),
    ],
    ids=["knock-on", "alone", "nothing", "needs review", "raises", "slow"],
)
def test_checks_of_one_cause_are_one_loss(student, losses):
    """What rests on a lost function is no loss of its own."""
    assert [
        (loss.exercise, loss.sentence, len(loss.results))
        for loss in losses_of(View(student))
    ] == losses


def test_a_class_is_two_tables():
    """Students with each cause where it arose, then exercises; a mistake by its name, or its
    claim.
    """
    assert table(CLASS) == [
        "maths",
        "student  points  points lost in",
        "amal        6/6",
        "bo          2/6  half (forgets the half)",
        "cy          0/6  half (forgets the half; error)",
        "di          0/4  nothing attempted",
        "ed               the disk is full",
        "",
        "exercise   mean",
        "half      1.5/4",
        "whole     0.5/2",
    ]
    lost = dataclasses.replace(result("half", lost=2, **HALVES), says="")
    found = ClassStatistics(
        [report("bo", lost), report("cy", result("whole", lost=2))]
    )
    assert [one.summary for one in found.students] == [
        "half (forgets the half)",
        "whole (wrong answer)",
    ]
    sentences = [tally.loss.sentence for tally in found.tallies]
    assert sentences == [
        "forgets the half",
        'fails "claims c" (wrong answer); cause unknown',
    ]


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
    assert max(map(len, lines)) <= 80
    assert lines[0] == "[b]title[/b]"
    assert lines[2].split()[0] == "x" * 23 + "…"
    assert sum(line.count("[red]forgets[/red]") for line in lines) == 4
    lost = result("half", lost=2, mistake="\u202eforgets\r")
    assert table([report("\x1bbo", lost)], "vectorization")[:3] == [
        "vectorization",
        "student  points  points lost in",
        r"\x1bbo      0/2  half (\u202eforgets\r)",
    ]
