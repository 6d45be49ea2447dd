"""nbgrader's feedback page by our template: what it names, what it folds, and that no text is markup."""

import re
from dataclasses import replace
from html import unescape

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from test_pages import RIGHT, WRONG, report

from autograder.nbgrader_bridge import feedback
from autograder.nbgrader_bridge.cells import LEAD
from autograder.nbgrader_bridge.feedback import FeedbackExporter
from autograder.nbgrader_bridge.sanitize import SanitizeSubmission
from autograder.reporting import pages
from autograder.results import said

EVIL = "<img src=x onerror=alert(1)>"
LONG = "x" * 300
NAME = "squared_loss"
DOT = "iVBORw0KGgo="


def judged(score: float) -> NotebookNode:
    """A test cell as it is after grading."""
    lost = replace(WRONG, fault=said(f"expected {EVIL}, got `{LONG}`"))
    data = {"text/plain": "1.0", "text/html": pages.exercise(report(RIGHT, lost), NAME)}
    return new_code_cell(
        f"check('{NAME}')",
        metadata={"nbgrader": mark(f"test_{NAME}", grade=True, score=score, points=3.0)},
        outputs=[new_output("execute_result", data)],
    )


def mark(id: str, grade: bool = False, solution: bool = False, **counted: object) -> dict:
    """nbgrader's own word on a cell, with what GetGrades adds."""
    return {"grade_id": id, "grade": grade, "solution": solution, **counted}


def notebook() -> NotebookNode:
    """A small course's notebook, graded and commented."""
    pictures = NotebookNode({"dot.png": NotebookNode({"image/png": DOT})})
    return new_notebook(
        cells=[
            new_markdown_cell("![dot](attachment:dot.png)", attachments=pictures),
            new_markdown_cell(f"# Lines\n\n| a | b |\n|---|---|\n| {LONG} | 1 |\n\n    {LONG}"),
            new_code_cell(f"import torch\nx = '{LONG}'  # {EVIL}"),
            new_code_cell(
                "def f(): ...", metadata={"nbgrader": mark(NAME, solution=True, comment="*Good*.")}
            ),
            judged(1.0),
            new_markdown_cell(
                "It diverges.", metadata={"nbgrader": mark("q_rate", True, True, score=2.0, points=2.0)}
            ),
        ]
    )


def page(nb: NotebookNode | None = None) -> str:
    """The page of it, or of another."""
    counted = {"notebook": f"lines{EVIL}", "score": 3.0, "max_score": 6.5, "late_penalty": 0.5}
    html, _ = FeedbackExporter().from_notebook_node(nb or notebook(), {"nbgrader": counted})
    return html


def test_the_contents_name_each_exercise_with_its_points():
    """And where the instructor wrote something; the visible check is folded below our cards' heading."""
    html = page()
    contents = html[html.index("<nav") : html.index("</nav>")]
    entries = [re.sub(r"<[^>]*>|\s+", " ", entry).split() for entry in contents.split("<li>")[1:]]
    assert [[NAME, "with", "a", "comment"], [NAME, "1/3"], ["q_rate", "2/2"]] == entries
    assert "<title>lines&lt;img src=x onerror=alert(1)&gt;: 3.5 of 6.5 points</title>" in html
    assert "Late penalty: 0.5 points, which leaves 3." in html
    assert "<em>Good</em>." in html
    assert f"data:image/png;base64,{DOT}" in html
    assert '<html lang="en">' in html
    assert 'content="width=device-width, initial-scale=1"' in html
    assert 1 == html.count("<main>") == html.count("</main>")
    scrolls = re.findall(r'<div[^>]*class="(?:code|text)"[^>]*>', html)
    assert [True, True, True, True, True, False] == ["tabindex" in tag for tag in scrolls]
    judged = html[html.index('id="test_squared_loss"') :]
    assert "check" in judged[judged.index("<details>") : judged.index("</details>")]
    assert "autograder" in judged[judged.index("</details>") :]
    assert "color:var(--bad,#b3261e)" in judged
    assert EVIL not in html


def test_the_page_says_first_what_to_fix():
    """As the kit's own page does; the sentence is of the run that graded, and no markup."""
    nb = notebook()
    nb.metadata[LEAD] = f"Fix `sgd` first. {EVIL}"
    html = page(nb)
    assert '<p class="lead">Fix <code>sgd</code> first. &lt;img' in html
    assert '<p class="lead">' not in page()


def formula(latex: str) -> str:
    """What stands on the page for it, after the sanitizer."""
    cells = [new_markdown_cell(f"Look: {latex}")]
    nb, _ = SanitizeSubmission().preprocess(new_notebook(cells=cells), {})
    return page(nb).partition("Look: ")[2].partition("</p>")[0]


def test_formulas_need_no_network():
    """In a line, in a sentence, aligned; with what the sanitizer has escaped."""
    assert "<mover" in formula(r"$$\hat{y} = Xw + b$$")
    assert '<math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>' == formula(
        "$a < b$"
    )
    assert 2 == formula(r"\begin{aligned}a &= b \\ c &= d\end{aligned}").count("<mtr>")
    assert "<script" not in page()


@pytest.mark.parametrize(
    "latex",
    [
        r"$\newcommand{\a}{\b\b}x$", r"$\def\a{b}\a$", r"$\unknown{x}$", "$a & b$", "${" + "{" * 900 + "$",
        "$" + "x" * 1001 + "$",
    ],
)  # fmt: skip
def test_what_cannot_be_converted_stays_as_it_was_written(latex):
    """What grows without end, is too deep, or is not known; an instructor's text is not sanitized."""
    html = page(new_notebook(cells=[new_markdown_cell(f"Look: {latex}")]))
    assert latex == unescape(unescape(html.partition("Look: ")[2].partition("</p>")[0]))


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{" + EVIL + "}", r"\text{&lt;img src=x&gt;}", r"\unicode{x3c}img", r"\href{script:a}{x}",
        r"\style{position:fixed}{x}", r"\class{score}{x}", r"\textcolor{url(x)}x", r"\rule{999em}{999em}x",
    ],
)  # fmt: skip
def test_a_formula_is_only_a_formula(latex):
    """No markup, link, look or size of a student's own, whether the sanitizer has looked at it or not."""
    for shown in (formula(f"${latex}$"), page(new_notebook(cells=[new_markdown_cell(f"Look: ${latex}$")]))):
        math = shown.partition("<math")[2].partition("</math>")[0]
        assert not re.search(r"<img|script:|style=|class=|url|999", math), math


def test_formulas_of_a_page_share_their_bounds(monkeypatch):
    """Of number and of time; the next page has its own."""
    many = "$x$ " * (feedback.MAX_FORMULAS + 5)
    assert [feedback.MAX_FORMULAS, feedback.MAX_FORMULAS] == [formula(many).count("<math") for _ in range(2)]
    monkeypatch.setattr(feedback, "MAX_FORMULA_SECONDS", 0.0)
    assert 0 == formula("$x$").count("<math")
