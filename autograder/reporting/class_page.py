"""The class as one page, `index.html`: whom to ask, what to say in class, and which checks tell nothing.

Says what stands where; how it looks is the template's business, and the numbers are class_statistics'.
"""

from __future__ import annotations

from datetime import datetime

from autograder.reporting import rendering, words
from autograder.reporting.class_statistics import Bar, ClassStatistics, Tally, histogram
from autograder.reporting.file_names import feedback_link
from autograder.reporting.words import points

OPEN = 6  # names that stand in sight; more are folded
FEW = 20  # students: what a check tells of fewer is mostly chance
SOME, WELL = 0.1, 0.3  # from here on a check tells something, and tells it well


def class_page(found: ClassStatistics, assignment: str, when: datetime) -> str:
    """The page of a class."""
    return rendering.page(
        "class.html",
        styles=("base.css", "class.css"),
        script="class.js",
        found=found,
        assignment=assignment,
        when=when.strftime(words.DATE),
        counts=_counts(found),
        bars=histogram(found.scores, found.worth),
        functions={
            "feedback_link": feedback_link,
            "label": label,
            "follows": follows,
            "shade": shade,
            "tells": tells,
        },
        some=SOME,
        well=WELL,
        few=FEW,
        open=OPEN,
    )


def _counts(found: ClassStatistics) -> list[str]:
    return [
        words.GRADED.format(n=len(found.scores)),
        words.NEED(len(found.needs_review)),
        words.UNWRITTEN.format(n=sum(not one.is_written for one in found.students)),
        words.LATE.format(n=sum(bool(one.late) for one in found.students)),
    ]


def label(bar: Bar) -> str:
    """The scores of a bar."""
    if bar.high - bar.low <= 1 and bar.low == int(bar.low):
        return points(bar.low)
    return words.RANGE.format(low=points(bar.low), high=points(bar.high))


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


def tells(discrimination: float | None) -> str:
    """What a discrimination says, in words."""
    if discrimination is None or abs(discrimination) < SOME:
        return str(words.TELLS_NOTHING)
    if discrimination < 0:
        return str(words.TELLS_WRONGLY)
    return str(words.TELLS_WELL) if discrimination >= WELL else str(words.TELLS_SOME)
