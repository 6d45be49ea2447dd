"""A student's texts on a page: pictures stay, nothing runs, and reading them takes no longer than it may."""

from __future__ import annotations

import copy
import time
from html import unescape

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.nbgrader_bridge import sanitize
from autograder.nbgrader_bridge.hidden import clearer, without_hidden
from autograder.nbgrader_bridge.repair import released_cell, repair
from autograder.nbgrader_bridge.sanitize import SanitizeSubmission

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
SHOWN = f"data:image/png;base64,{DOT}"
QUESTION = released_cell("why", "markdown", "Why?", 2.0, locked=False, solution=True)


def text(source: str, **pictures: str) -> NotebookNode:
    """A text cell; pictures: name -> data."""
    cell = new_markdown_cell(source)
    return with_pictures(cell, pictures)


def with_pictures(cell: NotebookNode, pictures: dict[str, str]) -> NotebookNode:
    """The cell with pictures pasted into it, by whatever names."""
    if pictures:
        cell.attachments = NotebookNode(
            {name: NotebookNode({"image/png": data}) for name, data in pictures.items()}
        )
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


# --- Pictures ------------------------------------------------------------------------------------------


def test_a_pasted_picture_is_kept_and_shown():
    """In what nbgrader stores, and on its pages."""
    (cell,) = clean(text("See ![plot](attachment:plot.png).", **{"plot.png": DOT}))
    assert "See ![plot](attachment:plot.png)." == cell.source
    assert {"plot.png": {"image/png": DOT}} == cell.attachments
    assert SHOWN in page(cell)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("a b.png", "attachment:a%20b.png"),
        ("损失.png", "attachment:损失.png"),
        ("损失.png", "attachment:%E6%8D%9F%E5%A4%B1.png"),
        ("a%20b.png", "attachment:a%20b.png"),
    ],
)
def test_a_picture_is_found_by_the_name_that_its_address_stands_for(name, address):
    """Editors write blanks and letters of other alphabets in codes, and nbconvert does not read them."""
    (cell,) = clean(with_pictures(new_markdown_cell(f"![plot]({address})"), {name: DOT}))
    assert {"image/png": DOT} == cell.attachments[name]
    assert SHOWN in page(cell)


@pytest.mark.parametrize("source", ["![my plot](attachment:gone.png)", "![my plot][1]\n\n[1]: attachment:x"])
def test_a_picture_that_is_not_there_disturbs_nobody(source):
    """The text beside it is read, and a browser shows its name."""
    (cell,) = clean(text(f"Here it is: {source}"))
    assert f"Here it is: {source}" == cell.source
    assert 'alt="my plot"' in page(cell)


def test_an_untouched_text_keeps_its_checksum_where_its_picture_is_gone():
    """nbgrader tells an unanswered question by it: the text stays as it is."""
    nb = new_notebook()
    lost = released_cell("why", "markdown", "![a](attachment:a.png)")
    repair(nb, [lost])
    (cell,) = clean(*nb.cells)
    assert lost.source == cell.source
    assert 'alt="a"' in page(cell)


def test_one_picture_is_not_shown_without_end():
    """1 MB shown a thousand times would be a page of 1 GB: the text stands as it was written."""
    many = text("![a](attachment:a.png)\n" * 1000, **{"a.png": DOT * 10_000})
    (cell,) = clean(many)
    assert many.attachments == cell.attachments
    assert len(page(cell)) < 1_000_000


def test_halves_of_an_answer_keep_their_pictures():
    """Both cells had an `image.png`, as notebooks name what is pasted."""
    one, two = (text("Here: ![](attachment:image.png)", **{"image.png": data}) for data in (DOT, DOT[4:]))
    two.source = "And there: ![](attachment:image.png)"
    for cell in (one, two):
        cell.metadata.nbgrader = NotebookNode({"grade_id": "why"})
    nb = new_notebook(cells=[one, two])
    repair(nb, [QUESTION])
    (cell,) = clean(*nb.cells)
    shown = page(cell)
    assert SHOWN in shown
    assert f"data:image/png;base64,{DOT[4:]}" in shown


def test_what_was_written_into_our_cell_keeps_its_picture():
    """It stands beside the cell that was put back."""
    ours = released_cell("task", "markdown", "Draw it.")
    own = text("Draw it. ![](attachment:a.png)", **{"a.png": DOT})
    own.metadata.nbgrader = NotebookNode({"grade_id": "task"})
    nb = new_notebook(cells=[own])
    repair(nb, [ours])
    moved, _ = nb.cells
    assert {"a.png": {"image/png": DOT}} == moved.attachments


# --- Mathematics ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link",
    [
        "$\\href{javascript:evil()}{x}$",
        "&#36;&#92;href{javascript:evil()}{x}&#36;",
        "&dollar;&bsol;href{javascript:evil()}{x}&dollar;",
        "&#36;&#x5C;&#x68;re&#102;{javascript:evil()}{x}&#36;",
        "&#36;&#" + "0" * 5000 + "92;href{javascript:evil()}{x}&#36;",
        "&#36;&#0092href{javascript:evil()}{x}&#36;",
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


def test_other_references_stay():
    """What people write so in their texts."""
    (cell,) = clean(new_markdown_cell("5 &lt; 6 &amp; &#945; &nbsp;&#x2713; &#36;5"))
    assert "5 &lt; 6 &amp; &#945; &nbsp;&#x2713; &#36;5" == cell.source


def test_a_reference_that_is_no_character_disturbs_nobody():
    """Python reads no whole number of 4400 digits."""
    (cell,) = clean(new_markdown_cell("Look [here](&#" + "9" * 4400 + ";a) &#" + "9" * 4400 + ";"))
    assert cell.source.startswith("Look [here](#)")


# --- Time ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("make", [new_markdown_cell, new_raw_cell])
def test_many_cells_take_no_longer_than_a_few(make):
    """A notebook's texts share one bound: by CPU time, on a busy machine too, with its page."""
    some = ("\\begin{a}", "\\\\[", "<b>", "<a ", "&", "> ", "![](attachment:a")  # grow by the square
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


def test_a_chapter_is_no_long_text():
    """Thirty long answers with formulas and tables are shown as their author meant them."""
    answer = "# Why\n" + "It is $\\\\frac{1}{2}$ <b>here</b>, and \\begin{a}x\\end{a}.\n\n" * 40
    cells = [new_markdown_cell(answer) for _ in range(30)]
    assert [copy.deepcopy(cell).source for cell in cells] == [cell.source for cell in clean(*cells)]


def test_hidden_regions_are_found_in_no_time():
    """Their marks by the thousand, in a cell of 210 KB."""
    start = time.process_time()
    for source in (
        "### BEGIN HIDDEN TESTS\n" * 9000,
        "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\n" * 5000,
    ):
        without_hidden(source, clearer())
    without_hidden("### BEGIN HIDDEN TESTS" * 9000, clearer())
    assert 1 > time.process_time() - start


def test_code_is_coloured_in_no_more_time_than_it_is_long(monkeypatch):
    """IPython's own lexer took 8 s for 40,000 letters; after so many of a notebook there are no colours."""
    monkeypatch.setattr(sanitize, "COLOURED", 20_100)
    cells = [new_code_cell(code) for code in ("a." * 10_000, "x = [1]", "b." * 10_000, "y = [2]")]
    kept = clean(*cells)
    assert [cell.source for cell in cells] == [cell.source for cell in kept]
    before = time.process_time()
    html = page(*kept, metadata={"language_info": {"name": "python", "pygments_lexer": "ipython3"}})
    assert time.process_time() - before < 8
    assert '<span class="p">[</span><span class="mi">1</span>' in html
    assert "y = [2]" in html
