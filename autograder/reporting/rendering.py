"""Renders templates as HTML: they escape everything, and a page runs and loads only its own code.

Knows nothing of a page's contents.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.languages import plural, tr
from autograder.reporting import figures
from autograder.reporting.cards import points
from autograder.untrusted_text import escape_control_characters

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script}; "
    "connect-src {connect}; base-uri 'none'; form-action 'none'"
)


def render(template: str, **values: object) -> str:
    """A template with these values."""
    return _environment().get_template(template).render(values)


def page(
    template: str, *, styles: tuple[str, ...], script: str = "", connect: str = "'none'", **values: object
) -> str:
    """A whole page that contains its style sheets and script, with a policy that allows only these.

    connect: where the script may send requests.
    """
    style, run = style_of(*styles), style_of(script) if script else ""
    policy = POLICY.format(style=_allowed(style), script=_allowed(run) if run else "'none'", connect=connect)
    return render(template, policy=policy, style=style, script=run, **values)


@functools.cache
def style_of(*names: str) -> str:
    """These style sheets, or scripts, as one text.  names: of files beside the templates."""
    return "".join((TEMPLATES / name).read_text("utf-8") for name in names)


@functools.cache
def _allowed(text: str) -> str:
    """A text in a policy, by its digest, so that no script of a student is allowed."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _environment() -> Environment:
    """The templates, each compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # takes 50 ms, which only pages need

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,  # of every template, whatever its name
        finalize=_seen,  # HTML escaping would let marks of text direction through
        undefined=StrictUndefined,  # a misspelt name is an error, and no gap on a student's page
        auto_reload=False,  # the files are ours, and do not change while we run
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"tr": tr, "plural": plural, "drawing": figures}
    environment.filters |= {"pieces": pieces, "points": points}
    return environment


def _seen(value: object) -> object:
    """A text without control characters; a macro's result stays as it is."""
    return escape_control_characters(value) if type(value) is str else value


def pieces(text: str) -> list[str]:
    """Prose and code in turn, beginning with prose: "a `b` c" -> ["a ", "b", " c"]."""
    return re.split(r"`([^`]+)`", text)
