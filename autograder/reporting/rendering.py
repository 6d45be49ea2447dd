"""Templates to HTML: they escape whatever they are given, and a page runs and loads nothing but its own.

Knows nothing of what a page says.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path

from autograder.reporting import figures, words
from autograder.untrusted_text import escape_control_characters

TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script}; "
    "base-uri 'none'; form-action 'none'"
)


def render(template: str, **values: object) -> str:
    """A template with these values."""
    return _environment().get_template(template).render(values)


def page(template: str, *, styles: tuple[str, ...], script: str = "", **values: object) -> str:
    """A whole page with its style sheets and its script in itself, and a policy that allows these alone."""
    style, run = style_of(*styles), style_of(script) if script else ""
    policy = POLICY.format(style=_allowed(style), script=_allowed(run) if run else "'none'")
    return render(template, policy=policy, style=style, script=run, **values)


@functools.cache
def style_of(*names: str) -> str:
    """These style sheets, or scripts, as one text.  names: of files beside the templates."""
    return "".join((TEMPLATES / name).read_text("utf-8") for name in names)


@functools.cache
def _allowed(text):
    """How a policy names a text: by its digest, so that no other of a student's counts."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _environment():
    """The templates, each compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # 50 ms, for who writes a page

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,  # of every template, whatever its name
        finalize=_seen,  # a mark that turns the order of letters is no markup, and would get through
        undefined=StrictUndefined,  # a misspelt name is an error, and no gap on a student's page
        auto_reload=False,  # the files are ours, and do not change while we run
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"words": words, "drawing": figures}
    environment.filters |= {"pieces": pieces, "points": words.points}
    return environment


def _seen(value):
    """A text without what steers; what a macro made is none."""
    return escape_control_characters(value) if type(value) is str else value


def pieces(text: str) -> list[str]:
    """Prose and code in turn, beginning with prose: "a `b` c" -> ["a ", "b", " c"]."""
    return re.split(r"`([^`]+)`", text)
