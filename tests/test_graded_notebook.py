"""A graded notebook: the release with a student's texts, whatever they submitted, and nothing
that runs.
"""

import copy
import json
import time
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import nbgrader
import pytest
from course_helpers import ROOT, cell_of
from file_helpers import read_json
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from autograder.assessment import Assessment
from autograder.intake import released
from autograder.judging.cases import not_judged
from autograder.nbgrader_bridge.notebooks import (
    CourseNotebook,
    graded_notebook,
    is_untouched,
)
from autograder.results import Outcome, Report

NAME = "linear_regression"
TEMPLATES = (
    Path(nbgrader.__file__).parent
    / "server_extensions"
    / "formgrader"
    / "templates"
)
WHY = {
    "grade_id": "why",
    "grade": True,
    "solution": True,
    "locked": False,
    "points": 1,
    "task": False,
}
HOSTILE = [
    "<img src=x onerror=evil()>",
    "text\n\n<script>evil()</script>\n\n    <script>evil()</script>",
    "```\n</p><script>evil()</script>\n```\n~~~",
    "[a](javascript:evil()) ![b](/logout) <javascript:evil()> [c]: javascript:evil()",
    "$\\href{javascript:evil()}{x}$ $$\\csname evil\\endcsname$$ \\\\[ evil \\\\]",
    "\\begin{a}\\href{javascript:evil()}{x}\\end{a}",
    "&lt;img src=x onerror=evil()&gt; &#36;evil&#36; &amp;",
    "# evil\n* evil\n| evil |\n|---|\n> evil",
]


@pytest.fixture(scope="module")
def tree():
    """A release with a written question of an instructor's own."""
    tree = read_json(ROOT / "assignments" / NAME / f"{NAME}.ipynb")
    cell = {
        "cell_type": "markdown",
        "id": "why",
        "source": "Why?",
        "metadata": {"nbgrader": WHY},
    }
    node = nbformat.from_dict(cell)
    cell["metadata"] = {
        "nbgrader": WHY | {"checksum": nbgrader.utils.compute_checksum(node)}
    }
    return tree | {"cells": [*tree["cells"], cell]}


def graded(tree, submitted, outcome=Outcome.PASSED):
    """The notebook of a student's file that ended so in every check."""
    results = [
        replace(result, outcome=outcome)
        for result in not_judged(NAME, "a reason <b>", "")
    ]
    report = Report("ann", "a.ipynb", NAME, tuple(results))
    pieces = (
        released.pieces(json.dumps(submitted), ".ipynb") if submitted else []
    )
    notebook = graded_notebook(
        CourseNotebook(json.dumps(tree)), pieces, Assessment(report), "digest"
    )
    nbformat.validate(notebook)
    return notebook


def page(notebook):
    """What formgrader makes of it."""
    settings = Config(
        {"HTMLExporter": {"extra_template_basedirs": [str(TEMPLATES)]}}
    )
    exporter = HTMLExporter(template_name="formgrade", config=settings)
    about = dict.fromkeys(
        (
            "base_url",
            "notebook_path",
            "assignment_id",
            "submission_id",
            "student",
        ),
        "x",
    )
    return exporter.from_notebook_node(
        notebook, about | {"notebook_id": "x", "index": 0, "total": 1}
    )[0]


class Reader(HTMLParser):
    """Reads the paragraphs in which MathJax does nothing, and the tags that a student's text
    has made.
    """

    def __init__(self, html):
        super().__init__()
        self.paragraphs = []
        self.tags = []
        self.is_inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if "evil" in str(attrs) or "logout" in str(attrs):
            self.tags.append(tag)
        if tag == "p" and {"tex2jax_ignore", "mathjax_ignore"} <= {
            *dict(attrs).get("class", "").split()
        }:
            self.is_inside = True
            self.paragraphs.append("")
        elif self.is_inside:
            self.handle_data("\n" if tag == "br" else f"<{tag}>")

    def handle_endtag(self, tag):
        self.is_inside &= tag != "p"

    def handle_data(self, data):
        if self.is_inside:
            self.paragraphs[-1] += data


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_is_characters_and_nothing_more(tree, text):
    """Neither Markdown, HTML nor a formula: in an answer, in a cell of one's own, in a reason."""
    submitted = copy.deepcopy(tree)
    cell_of(submitted, "why")["source"] = text
    submitted["cells"].append(
        {"cell_type": "raw", "metadata": {}, "source": f"{text} mine"}
    )
    read = Reader(page(graded(tree, submitted)))
    assert read.paragraphs == [text, f"{text} mine"]
    assert read.tags == []


def test_texts_stand_in_their_cells_and_other_code_at_the_end(tree):
    """Split and copied cells are joined; locked ones and plain ones are the release's."""
    submitted = copy.deepcopy(tree)
    cell_of(submitted, "sgd")["source"] = "import math"
    cell_of(submitted, "test_sgd")["source"] = "in_a_locked_cell = 1"
    for text in ("def sgd(): ...", "def sgd(): ...", "x = 1"):
        part = cell_of(submitted, "sgd") | {"source": text, "id": "copy"}
        submitted["cells"].append(part)
    mine = {"cell_type": "code", "metadata": {}, "source": "mine = 1"}
    submitted["cells"].insert(0, mine)
    notebook = graded(tree, submitted)
    assert (
        cell_of(notebook, "sgd").source
        == "import math\n\ndef sgd(): ...\n\nx = 1"
    )
    end = [cell.source for cell in notebook.cells[len(tree["cells"]) :]]
    heading = "## Other cells of this submission"
    assert end == [heading, "mine = 1", "in_a_locked_cell = 1"]
    test = "".join(cell_of(tree, "test_sgd")["source"])
    assert cell_of(notebook, "test_sgd").source == test


def test_only_an_answer_as_it_was_released_is_untouched(tree):
    """By nbgrader's own rule; a cell that is gone may be answered elsewhere."""
    gone = copy.deepcopy(tree)
    written = copy.deepcopy(tree)
    gone["cells"] = gone["cells"][:-1]
    cell_of(written, "why")["source"] = "Because."
    untouched = [
        is_untouched(cell_of(graded(tree, nb), "why"))
        for nb in (tree, {}, gone, written)
    ]
    assert untouched == [True, True, False, False]


def test_a_reason_stands_first_as_text(tree):
    """Above the notebook as it was released, if the submission cannot be read."""
    notebook = graded(tree, {}, Outcome.GRADER_ERROR)
    first, *cells = notebook.cells
    assert "a reason <b>" in unescape(first.source)
    assert "<b>" not in first.source
    assert [cell.source for cell in cells] == [
        "".join(cell["source"]) for cell in tree["cells"]
    ]


def test_many_copies_of_a_cell_take_linear_time(tree):
    """A student can submit as many as fit into a file."""
    cell = {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "sgd"}}}
    cells = [cell | {"source": f"x = {i}" + "." * 90} for i in range(4_900)]
    started = time.process_time()
    notebook = graded(tree, {"cells": cells})
    assert time.process_time() - started < 5
    assert "x = 4899" in cell_of(notebook, "sgd").source
