"""The class as one page, `index.html`: what to review, what to say in class, and which checks work.

Says what is where; how it looks is the template's business, and the numbers are class_statistics'.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from autograder.reporting import rendering, words
from autograder.reporting.class_statistics import Bar, ClassStatistics, Tally, histogram
from autograder.reporting.file_names import feedback_link
from autograder.reporting.words import points

OPEN = 6  # names in sight; more are folded
MOST = 10  # mistakes in sight
FEW = 20  # students: what a check shows of fewer is mostly chance
WELL = 0.3  # from here on a check discriminates well


def class_page(
    found: ClassStatistics, assignment: str, when: datetime, review: str, sections: Mapping[str, str]
) -> str:
    """The page of a class.  review: the table in which a person decides; "" where it is elsewhere.

    sections: id -> the parts of the class, a line each, of those of whom any is known.
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
    """What was lost for the sake of a cause, and by how many unless by all."""
    return "; ".join(
        (words.FOLLOWS if n == len(tally.students) else words.FOLLOWS_FOR).format(
            exercise=name, students=words.STUDENTS(n)
        )
        for name, n in tally.follows.items()
    )


def shade(earned: float, worth: float) -> int:
    """From 0, nothing, to 4, all; what is neither is none of the two."""
    if earned >= worth:
        return 4
    return 0 if earned <= 0 else min(3, 1 + int(3 * earned / worth))


def discriminates(correlation: float | None, number: int) -> str:
    """What a discrimination says, in words, of so many students.

    Beyond two standard errors, 1 / sqrt(n - 1) each, where there is none; less is what chance shows, too.
    """
    if number < FEW:
        return words.TELLS_TOO_FEW.format(n=number)
    if correlation is None or abs(correlation) < 2 / math.sqrt(number - 1):
        told = words.TELLS_NOTHING
    elif correlation < 0:
        told = words.TELLS_WRONGLY
    else:
        told = words.TELLS_WELL if correlation >= WELL else words.TELLS_SOME
    return str(told) if correlation is None else f"{told} {correlation:.2f}"
