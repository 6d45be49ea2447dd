"""Reports as HTML: the fragment below a notebook's test cell, a student's page, and the class report.

The view of a report decides what is shown; the templates decide how it looks, and escape everything, because
a student can write most of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from autograder.languages import tr
from autograder.reporting import rendering
from autograder.reporting.class_statistics import ClassStatistics, histogram
from autograder.reporting.review import DECIDE
from autograder.reporting.view import View
from autograder.results import Report
from autograder.untrusted_text import safe_name

FEEDBACK = "feedback"  # the folder of students' pages, below the class report


def exercise(report: Report, name: str, note: str = "") -> str:
    """One exercise's results as an HTML fragment, below our sentence `note`.  Raises KeyError without any."""
    return rendering.render("exercise.html", exercise=replace(View(report).section(name), note=note))


def notes(report: Report) -> str:
    """Notes for the student about the whole file, as a fragment; empty if there are none."""
    return rendering.render("notes.html", notes=report.notes) if report.notes else ""


def page(report: Report, notice: Sequence[str] = ()) -> str:
    """A whole page for one submission: what to fix comes first.  notice: sentences about this attempt."""
    return rendering.page("page.html", styles=("base.css", "page.css"), view=View(report), notice=notice)


def feedback_link(id: str) -> str:
    """The link from the class report to a student's page."""
    return f"{FEEDBACK}/{quote(safe_name(id))}.html"


def class_page(
    found: ClassStatistics,
    assignment: str,
    when: datetime,
    review: str,
    sections: Mapping[str, str],
    absent: Sequence[str] = (),
) -> str:
    """The class report, `index.html`: what to review, the common mistakes, and which checks work.

    review: the file for decisions; "" if they are made elsewhere.  sections: id -> the parts of the class,
    one a line, if known.  absent: the people of the roster who submitted nothing.
    """
    return rendering.page(
        "class.html",
        styles=("base.css", "class.css"),
        script="class.js",
        found=found,
        assignment=assignment,
        when=f"{when:%Y-%m-%d %H:%M}",
        bars=histogram(found.scores, found.worth),
        feedback_link=feedback_link,
        review=review,
        decide=tr(DECIDE),
        sections=sections,
        absent=absent,
    )
