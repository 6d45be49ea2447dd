"""HTML, all of it escaped: below a notebook's test cell, a student's page, the class report."""

import base64
import functools
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder import sentences
from autograder.assessment import Assessment
from autograder.languages import plural, tr
from autograder.reporting import figures
from autograder.reporting.cards import points
from autograder.reporting.class_statistics import ClassStatistics, Head, histogram
from autograder.reporting.disclosure import ALL
from autograder.reporting.review import DECIDE
from autograder.reporting.view import View
from autograder.untrusted_text import escape_control_characters, safe_name

FEEDBACK = "feedback"  # the folder of students' pages, below the class report
TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script}; "
    "base-uri 'none'; form-action 'none'"
)


def exercise(assessment: Assessment, name: str) -> str:
    """Return one exercise's results as a fragment.  Raises KeyError."""
    return render("exercise.html", exercise=View(assessment).section(name))


def page(assessment: Assessment, detail: str = ALL, notice: Sequence[str] = ()) -> str:
    """Return the page of a submission: what to fix comes first.

    detail: as of `disclosure.limited`.  notice: sentences about this attempt.
    """
    view = View(assessment, detail)
    return whole_page(
        "page.html", styles=("base.css", "page.css"), view=view, notice=notice
    )


def feedback_link(id: str) -> str:
    """Return the link from the class report to a student's page."""
    return f"{FEEDBACK}/{quote(safe_name(id))}.html"


def class_page(found: ClassStatistics, head: Head, when: datetime, review: str) -> str:
    """Return the class report, `index.html`: what to review, the common mistakes, and which
    checks work.

    review: the file for decisions; "" if they are made elsewhere.
    """
    parts: dict[str, Any] = {"styles": ("base.css", "class.css"), "script": "class.js"}
    return whole_page(
        "class.html", **parts, found=found, head=head, when=when, review=review
    )


def whole_page(
    template: str, *, styles: tuple[str, ...], script: str = "", **values: object
) -> str:
    """Return a page, which loads only its own styles and script."""
    style, run = style_of(*styles), style_of(script) if script else ""
    policy = POLICY.format(
        style=_allowed(style), script=_allowed(run) if run else "'none'"
    )
    return render(template, policy=policy, style=style, script=run, **values).lstrip()


def render(template: str, **values: object) -> str:
    """Return a template with these values."""
    return _environment().get_template(template).render(values)


@functools.cache
def style_of(*names: str) -> str:
    """Return style sheets, or scripts, as one text.  names: of files beside the templates."""
    return "".join((TEMPLATES / name).read_text("utf-8") for name in names)


@functools.cache
def _allowed(text: str) -> str:
    """Return a text in a policy, by its digest, so that no script of a student is allowed."""
    return (
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
    )


@functools.cache
def _environment() -> Any:
    from jinja2 import (
        Environment,
        FileSystemLoader,
        StrictUndefined,
    )  # takes 50 ms, which only pages need

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,  # of every template, whatever its name
        finalize=_seen,  # HTML escaping would let marks of text direction through
        undefined=StrictUndefined,  # a misspelt name is an error, and no gap on a student's page
        auto_reload=False,  # the files are ours, and do not change while we run
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "tr": tr,
        "plural": plural,
        "plot": figures,
        "sentences": sentences,
    }
    environment.globals |= {"feedback_link": feedback_link, "histogram": histogram}
    environment.globals |= {"DECIDE": DECIDE}
    environment.filters |= {"pieces": pieces, "points": points}
    return environment


def _seen(value: object) -> object:
    """Return a text without control characters; a macro's result stays as it is."""
    return escape_control_characters(value) if type(value) is str else value


def pieces(text: str) -> list[str]:
    """Return prose and code in turn, beginning with prose: "a `b` c" -> ["a ", "b", " c"]."""
    return re.split(r"`([^`]+)`", text)
