"""The class report, `index.html`: what to review, the common mistakes, and which checks work.

Chooses the contents.  The template decides how they look, and class_statistics computes the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from autograder.reporting import rendering, words
from autograder.reporting.class_statistics import Bar, ClassStatistics, Tally, histogram
from autograder.reporting.file_names import feedback_link
from autograder.reporting.words import points

OPEN = 6  # names shown; more are folded
MOST = 10  # mistakes shown
FEW = 20  # students; with fewer, discrimination is mostly chance
WELL = 0.3  # from this value on, a check discriminates well


def class_page(
    found: ClassStatistics, assignment: str, when: datetime, review: str, sections: Mapping[str, str]
) -> str:
    """The page of a class.  review: the file for decisions; "" if they are made elsewhere.

    sections: id -> the parts of the class, one a line, if known.
    """
    bars = histogram(found.scores, found.worth)
    return rendering.page(
        "class.html",
        styles=("base.css", "class.css"),
        script="class.js",
        found=found,
        assignment=assignment,
        when=when.strftime(words.DATE),
        counts=_counts(found),
        bars=bars,
        step=max([44, *(8 + 7 * len(label(bar)) for bar in bars)]),  # pixels, so that no label meets the next
        functions={each.__name__: each for each in (feedback_link, label, follows, shade, discriminates)},
        judged=sum(one.is_written for one in found.students if one.score is not None),
        well=WELL,
        few=FEW,
        open=OPEN,
        most=MOST,
        review=review,
        sections=sections,
    )


def _counts(found: ClassStatistics) -> list[str]:
    graded, all_of = len(found.scores), max(found.submitted, len(found.students))
    excused = sum(one.is_excused for one in found.students)
    counts = [
        (words.GRADED_OF if all_of > graded else words.GRADED).format(n=graded, all=all_of),
        words.UNWRITTEN.format(n=sum(not one.is_written for one in found.students)),
        words.LATE.format(n=sum(bool(one.late) for one in found.students)),
    ]
    counts += [words.NEED(len(found.needs_review))] if found.needs_review else []
    counts += [words.UNREAD_COUNT(found.unread)] if found.unread else []
    return counts + ([words.EXCUSED_COUNT.format(n=excused)] if excused else [])


def label(bar: Bar) -> str:
    """The scores of a bar."""
    return (
        points(bar.low)
        if bar.low == bar.high
        else words.RANGE.format(low=points(bar.low), high=points(bar.high))
    )


def follows(tally: Tally) -> str:
    """The knock-on exercises of a cause, with the number of students unless it is all."""
    return "; ".join(
        (words.FOLLOWS if n == len(tally.students) else words.FOLLOWS_FOR).format(
            exercise=name, students=words.STUDENTS(n)
        )
        for name, n in tally.follows.items()
    )


def shade(earned: float, worth: float) -> int:
    """A level from 0 (no points) to 4 (all); anything between gets 1 to 3."""
    if earned >= worth:
        return 4
    return 0 if earned <= 0 else min(3, 1 + int(3 * earned / worth))


def discriminates(correlation: float | None, number: int) -> str:
    """The word for a discrimination among this number of students.

    Within two standard errors, 1 / sqrt(n - 1) each, it may be chance.
    """
    if number < FEW:
        return words.TOO_FEW.format(n=number)
    if correlation is None or abs(correlation) < 2 / math.sqrt(number - 1):
        word = words.CHANCE
    elif correlation < 0:
        word = words.INVERTED
    else:
        word = words.GOOD if correlation >= WELL else words.WEAK
    return str(word) if correlation is None else f"{word} {correlation:.2f}"
