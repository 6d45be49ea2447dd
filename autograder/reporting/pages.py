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
from autograder.reporting.class_statistics import (
    ClassStatistics,
    Head,
    histogram,
)
from autograder.reporting.disclosure import ALL
from autograder.reporting.phrases import points
from autograder.reporting.review import DECIDE
from autograder.reporting.view import View
from autograder.untrusted_text import escape_control_characters, safe_name

# The folder of students' pages, below the class report.
FEEDBACK = "feedback"
TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script}; "
    "base-uri 'none'; form-action 'none'"
)


def exercise(assessment: Assessment, name: str) -> str:
    """Return one exercise's results as a fragment.  Raises KeyError."""
    return render("exercise.html", exercise=View(assessment).section(name))


def page(
    assessment: Assessment, detail: str = ALL, notice: Sequence[str] = ()
) -> str:
    """Return the page of a submission: what to fix comes first.

    detail: as of `disclosure.limited`.  notice: sentences about this attempt.
    """
    styles = ("base.css", "page.css")
    view = View(assessment, detail)
    return whole_page("page.html", styles=styles, view=view, notice=notice)


def feedback_link(id: str) -> str:
    """Return the link from the class report to a student's page."""
    return f"{FEEDBACK}/{quote(safe_name(id))}.html"


def class_page(
    statistics: ClassStatistics, head: Head, when: datetime, decide_in: str
) -> str:
    """Return the class report: what to review, common mistakes, points, and pass rates.

    decide_in: the file for decisions; "" if they are made elsewhere.
    """
    return whole_page(
        "class.html",
        styles=("base.css", "class.css"),
        scripts=("class.js",),
        statistics=statistics,
        head=head,
        when=when,
        decide_in=decide_in,
    )


def whole_page(
    template: str,
    *,
    styles: tuple[str, ...],
    scripts: tuple[str, ...] = (),
    **values: object,
) -> str:
    """Return a page, which loads only its own styles and script."""
    style = _text_of(*styles)
    script = _text_of(*scripts)
    policy = POLICY.format(style=_allowed(style), script=_allowed(script))
    return render(
        template, policy=policy, style=style, script=script, **values
    ).lstrip()


def render(template: str, **values: object) -> str:
    """Return a template with these values."""
    return _environment().get_template(template).render(values)


def compile_templates() -> None:
    """Compile all templates, which takes a tenth of a second, while nothing else is to do."""
    environment = _environment()
    for name in environment.list_templates(["html"]):
        environment.get_template(name)


@functools.cache
def _text_of(*names: str) -> str:
    """Return style sheets, or scripts, as one text.  names: of files beside the templates."""
    return "".join((TEMPLATES / name).read_text("utf-8") for name in names)


@functools.cache
def _allowed(text: str) -> str:
    """Return a text in a policy, by its digest, so that no script of a student is allowed."""
    if not text:
        return "'none'"
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@functools.cache
def _environment() -> Any:
    # Takes 50 ms, which only pages need.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,  # of every template, whatever its name
        # HTML escaping would let marks of text direction through.
        finalize=_seen,
        # a misspelt name is an error, and no gap on a student's page
        undefined=jinja2.StrictUndefined,
        # The files are ours, and do not change while we run.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        tr=tr,
        plural=plural,
        plot=figures,
        sentences=sentences,
        feedback_link=feedback_link,
        histogram=histogram,
        DECIDE=DECIDE,
    )
    environment.filters.update(pieces=pieces, points=points)
    return environment


def _seen(value: object) -> object:
    """Return a text without control characters; a macro's result stays as it is."""
    if type(value) is str:
        return escape_control_characters(value)
    return value


def pieces(text: str) -> list[str]:
    """Return prose and code in turn, beginning with prose.

    >>> pieces("a `b` c")
    ['a ', 'b', ' c']
    """
    return re.split(r"`([^`]+)`", text)
