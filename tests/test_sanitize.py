"""A student's texts on a page: pictures stay, nothing runs, and reading them takes no longer than it may."""

import re
import time
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.nbgrader_bridge import sanitize
from autograder.nbgrader_bridge.sanitize import SanitizeSubmission

SOLUTIONS = Path(__file__).parents[1] / "solutions"
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
SHOWN = f"data:image/png;base64,{DOT}"


def text(source: str, **pictures: str) -> NotebookNode:
    """A text cell; pictures: name -> data, pasted into it."""
    cell = new_markdown_cell(source)
    if pictures:
        kept = {name: NotebookNode({"image/png": data}) for name, data in pictures.items()}
        cell.attachments = NotebookNode(kept)
    return cell


def clean(*cells: NotebookNode) -> list[NotebookNode]:
    """The cells as they are kept."""
    nb, _ = SanitizeSubmission().preprocess(new_notebook(cells=list(cells)), {})
    return nb.cells


def page(*cells: NotebookNode, **more) -> str:
    """What nbconvert makes of them."""
    nb = new_notebook(cells=list(cells), **more)
    html, _ = HTMLExporter(template_name="classic").from_notebook_node(nb)
    return html[html.index("<body") :]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("plot.png", "attachment:plot.png"),
        ("a b.png", "attachment:a%20b.png"),
        ("损失.png", "attachment:%E6%8D%9F%E5%A4%B1.png"),
    ],
)
def test_a_pasted_picture_is_kept_and_shown(name, address):
    """In what nbgrader stores, and on its pages, by the name that its address stands for."""
    (cell,) = clean(text(f"![plot]({address})", **{name: DOT}))
    assert {"image/png": DOT} == cell.attachments[name]
    assert SHOWN in page(cell)


@pytest.mark.parametrize("source", ["![my plot](attachment:gone.png)", "![my plot][1]\n\n[1]: attachment:x"])
def test_a_picture_that_is_not_there_disturbs_nobody(source):
    """A browser shows its name; the text stays as it is, by which nbgrader tells an unanswered question."""
    (cell,) = clean(text(f"Here it is: {source}"))
    assert f"Here it is: {source}" == cell.source
    assert 'alt="my plot"' in page(cell)


def test_one_picture_is_not_shown_without_end():
    """1 MB shown a thousand times would be a page of 1 GB: the text stands as it was written."""
    many = text("![a](attachment:a.png)\n" * 1000, **{"a.png": DOT * 10_000})
    (cell,) = clean(many)
    assert many.attachments == cell.attachments
    assert len(page(cell)) < 1_000_000


@pytest.mark.parametrize(
    "link",
    [
        "$\\href{javascript:evil()}{x}$",
        "&#36;&#x5C;&#x68;re&#102;{javascript:evil()}{x}&#36;",
        "&#36;&#" + "0" * 5000 + "92;href{javascript:evil()}{x}&#36;",
        "&#36;&#9<!-- -->2;href{javascript:evil()}{x}&#36;",
        "$\\hr<!-- -->ef{javascript:evil()}{x}$",
        "&#36;\\\\&#104;ref{javascript:evil()}{x}&#36;",
    ],
)
@pytest.mark.parametrize("make", [new_markdown_cell, new_raw_cell])
def test_mathematics_follows_no_link(make, link):
    """Nor where it is written in character references, which a browser reads before MathJax does."""
    shown = unescape(page(*clean(make(f"Look: {link}"))))
    assert "\\href" not in shown
    assert "Look:" in shown


@pytest.mark.parametrize(
    "latex",
    [
        r"\csname href\endcsname{javascript:evil()}{x}",
        r'\mmlToken{mi}[href="javascript:evil()"]{x}',
        r"\bbox[position:fixed]{x}",
        r"\let\a\href \a{javascript:evil()}{x}",
        r"\def\a{x}\a",
    ],
)
def test_a_formula_has_only_commands_of_mathematics(latex):
    """MathJax reads no command that names HTML, builds another command, or is unknown to students' pages."""
    (cell,) = clean(new_markdown_cell(f"Look: $\\frac{{1}}{{2}} {latex}$"))
    commands = set(re.findall(r"\\[A-Za-z]+", unescape(cell.source)))
    assert {"\\frac"} == commands


def test_a_backslash_outside_a_formula_stays():
    """A path of Windows is no formula."""
    (cell,) = clean(new_markdown_cell(r"It is in C:\Users\ann."))
    assert r"It is in C:\Users\ann." == cell.source


@pytest.mark.parametrize("path", sorted(SOLUTIONS.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_released_formulas_stay(path):
    """Every command of a chapter's own formulas is known."""
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"]
    for cell, kept in zip(cells, clean(*(new_markdown_cell(cell.source) for cell in cells))):
        found, left = (re.findall(r"\\[A-Za-z]+", text.source) for text in (cell, kept))
        assert found == left


@pytest.mark.parametrize("make", [new_markdown_cell, new_raw_cell, new_code_cell])
def test_marks_of_text_direction_are_shown(make):
    """Such a mark turns the order of characters around, in code and in sentences."""
    (cell,) = clean(make("x = 1 # \u202e evil"))
    assert r"x = 1 # \u202e evil" == cell.source


def test_other_references_stay():
    """What people write so in their texts; Python reads no whole number of 4400 digits."""
    said = "5 &lt; 6 &amp; &#945; &nbsp;&#x2713; &#36;5"
    (cell,) = clean(new_markdown_cell(f"{said} [here](&#{'9' * 4400};a) &#{'9' * 4400};"))
    assert cell.source.startswith(f"{said} [here](#)")


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "make", [new_markdown_cell, pytest.param(new_raw_cell, marks=pytest.mark.exhaustive)]
)
def test_many_cells_take_no_longer_than_a_few(make):
    """A notebook's texts share one bound: by CPU time, on a busy machine too, with its page."""
    # What grows by the square, or grew.
    some = (
        "\\begin{a}",
        "\\\\[",
        "<b>",
        "<a ",
        "&",
        "> ",
        "![](attachment:a",
        "[^a]: x\n",
        "|a" * 99 + "\n",
        "*",
    )
    cells = [make(one * (9_900 // len(one)) + str(number)) for number in range(20) for one in some]
    start = time.process_time()
    assert page(*clean(*cells))
    assert 20 > time.process_time() - start


HOSTILE = "```\n<script>evil()</script> ~~~ <img src=x onerror=evil()>\n````\n"


@pytest.mark.parametrize("make", [new_markdown_cell, new_raw_cell])
def test_what_is_too_long_stands_as_it_was_written(make):
    """With a word that says so, and it runs nothing."""
    (cell,) = clean(make(HOSTILE + "<b>" * 100_000))
    assert sanitize.TOO_LONG in cell.source
    shown = page(cell)
    assert "&lt;script&gt;evil()&lt;/script&gt;" in shown
    assert "<script>evil" not in shown
    assert "<img src=x" not in shown


def test_code_is_coloured_in_no_more_time_than_it_is_long(monkeypatch):
    """IPython's own lexer took 8 s for 40,000 letters; after so many of a notebook there are no colours."""
    monkeypatch.setattr(sanitize, "MAX_COLORED", 20_100)
    cells = [new_code_cell(code) for code in ("a." * 10_000, "x = [1]", "b." * 10_000, "y = [2]")]
    kept = clean(*cells)
    assert [cell.source for cell in cells] == [cell.source for cell in kept]
    before = time.process_time()
    html = page(*kept, metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"}})
    assert time.process_time() - before < 8
    assert '<span class="p">[</span><span class="mi">1</span>' in html
    assert "y = [2]" in html
