"""What people see in a real browser: a student in JupyterLab, an instructor in formgrader, our
own pages.

The pictures are kept in tests/pictures, or in the folder that BROWSER_PICTURES names.
"""

import re
import shutil
from dataclasses import dataclass, field

import pytest
from browser_helpers import LATER, SOON, chromium, jupyter_lab, keep, visitor
from course_helpers import (
    answered,
    cell_of,
    gradebook,
    hand_in,
    new_course,
    released,
    scores,
)
from playwright.sync_api import expect
from test_class_page import CLASS as SMALL_CLASS
from test_class_page import hostile as hostile_report

from autograder.reporting.pages import feedback_link
from autograder.reporting.results_folder import ResultsFolder

pytestmark = pytest.mark.slow
NAME = "linear_regression"
expect.set_options(timeout=SOON)

BROADCASTS = "def squared_loss(y_hat, y):\n    return (y_hat - y) ** 2 / 2\n"


RUNS = "<script>evil()</script><img src=x onerror=evil()><svg onload=evil()>"
HOSTILE = """# Hello
> a quotation stays one

<a href="javascript:evil()">a</a> [b](javascript:evil()) $\\href{javascript:evil()}{x}$
[c]( java&#115;cript:evil()) [d](JavaScript\\:evil()) [e][1] [f](java&Tab;script:evil())
<meta http-equiv="refresh" content="0;url=/evil"> <base href="https://evil.example/">
<iframe srcdoc="<script>parent.evil()</script>"></iframe> <object data="javascript:evil()"></object>
<form action="/evil"><input name=q autofocus onfocus=evil()><button>b</button></form>
<style>.score, .nbgrader_cell, nav { display: none }</style> <link rel=stylesheet href=/evil.css>
<div style="position:fixed;top:0;left:0;width:100vw;height:100vh;z-index:9999;background:white">over all</div>
<math><mtext><table><mglyph><style><img src onerror=evil()></style></mglyph></table></mtext></math>
$\\unicode{<img src=x onerror=evil()>}$ $$\\style{position:fixed}{\\class{score}{x}}$$
[g](https://example.org/"onmouseover="evil() 'a" onclick="evil()') ![p](x"onerror="evil())
![the server's own addresses](/logout) ![above](../../../logout) ![the same](%2e%2e/%2e%2e/%2e%2e/logout)

[1]:
  vbscript:evil()

<!-- --!><img onerror=evil() src=x>
"""
# Formgrader finds the field of a score by its id, and a heading's words are its id.
HEADINGS = "\n\n# test_sgd\n\ntest\\_linreg\n===\n\nand more of the answer\n"
RAISES = f"""def squared_loss(y_hat, y):
    name = "<img src=x onerror=evil()>"
    raise type(name, (Exception,), {{}})({RUNS!r} + r" $\\href{{javascript:evil()}}{{x}}$")
"""


def hostile(nb):
    """Markup that wants to run in each place that a page is made of; two functions are wrong."""
    cells = nb["cells"]
    cells[0]["source"] = RUNS + "\n\n" + HOSTILE
    tag = '"><script>evil()</script>'
    cells[0]["attachments"] = {"a.png": {"image/png": tag, "text/html": RUNS}}
    cells[0]["metadata"] = {"tags": [tag], "evil()": 1}
    raw = {"cell_type": "raw", "id": "r", "metadata": {"format": "text/html"}}
    cells.insert(1, raw | {"source": RUNS})
    data = {"text/html": RUNS, "application/javascript": "evil()"}
    data["image/svg+xml"] = "<svg onload='evil()'/>"
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    cells[3]["outputs"] = [output]
    nb["metadata"]["title"] = "</title><script>evil()</script>"
    state = {"state": "</script><script>evil()"}
    nb["metadata"]["widgets"] = {
        "application/vnd.jupyter.widget-state+json": state
    }
    odd = {"cell_type": "markdown", "id": "odd", "metadata": {}}
    cells.append(odd | {"source": RUNS + HEADINGS})
    cell_of(nb, "squared_loss")["source"] = RAISES
    cell_of(nb, "linreg")["source"] = (
        f"def linreg(X, w, b):\n    return {RUNS!r}\n"
    )
    return nb


@dataclass
class Watch:
    """What happens in a browser that a page shall not do."""

    calls: list = field(default_factory=list)
    writes: list = field(default_factory=list)
    asked: list = field(default_factory=list)

    def over(self, context):
        """Look at all pages of this context, and at all frames in them."""
        context.expose_binding(
            "evil", lambda source, *_: self.calls.append(source["frame"].url)
        )
        context.on(
            "dialog",
            lambda dialog: (
                self.calls.append(dialog.message),
                dialog.dismiss(),
            ),
        )
        context.on("request", self._request)
        return self

    def _request(self, request):
        if request.method != "GET":
            self.writes.append((request.method, request.url))
        elif re.search(r"/evil|//evil|/logout$|^(?!http|file)", request.url):
            self.asked.append(request.url)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with a submission that waits to be graded."""
    root = new_course(tmp_path_factory.mktemp("course") / "course", (NAME,))
    hand_in(root, "mallory", NAME, hostile(answered(root, NAME)))
    return root


@pytest.fixture(scope="module")
def browser():
    """Chromium, for all tests of this file."""
    with chromium() as program:
        yield program


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """The instructor's server, started in the course."""
    with jupyter_lab(
        course, tmp_path_factory.mktemp("instructor-server")
    ) as address:
        yield address


def open_notebook(context, state):
    """JupyterLab with a notebook of the student's, as far as it can be worked with."""
    page = context.new_page()
    page.goto(f"/lab/tree/{state}/{NAME}/{NAME}.ipynb?reset")
    expect(page.locator(".jp-Notebook h1").first).to_have_text(
        re.compile("Linear regression from scratch")
    )
    # A press before that is lost.
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(
        timeout=LATER
    )
    return page


def validated(page):
    """What the dialog says after a press of Validate."""
    page.locator(".validate-button").click()
    dialog = page.locator(".jp-Dialog-content")
    expect(dialog).to_be_visible(timeout=LATER)
    return dialog


@pytest.mark.exhaustive
def test_a_student_runs_the_notebook_and_validates(browser, course, tmp_path):
    """Each test cell and Validate say that all is well, or what is wrong."""
    begun = released(course, NAME)
    cell_of(begun, "squared_loss")["source"] = BROADCASTS
    for state, nb in (("right", answered(course, NAME)), ("begun", begun)):
        place = hand_in(tmp_path, state, NAME, nb).parent
        for file in (f"test_{NAME}.py", "selfcheck.py"):
            shutil.copy(course / "assignments" / NAME / file, place)
    (tmp_path / "server").mkdir()
    with (
        jupyter_lab(tmp_path / "submitted", tmp_path / "server") as address,
        visitor(browser, address) as context,
    ):
        page = open_notebook(context, "right")
        # the notebook draws only what is in view
        page.set_viewport_size({"width": 1280, "height": 7500})
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        output = page.locator(".jp-OutputArea-output")
        passed = output.filter(has_text="visible checks passed.")
        expect(passed).to_have_count(6, timeout=LATER)
        errors = page.locator(
            "[data-mime-type*=stderr], [data-mime-type*=error]"
        )
        expect(errors).to_have_count(0)
        keep(page, "student-notebook")
        page.set_viewport_size({"width": 1280, "height": 800})
        words = "Success! Your notebook passes all the tests."
        expect(validated(page)).to_contain_text(words)
        page.close()

        dialog = validated(page := open_notebook(context, "begun"))
        said = " ".join(dialog.inner_text().split())
        for words in (
            "NotImplementedError: sgd is not attempted yet",
            "squared_loss: expected shape (2, 1), got (2, 2) for y_hat = [[0.0], ",
        ):
            assert words in said
        assert not {"Traceback", "Success!"} & {*said.split()}
        keep(page, "validate-begun")


def press(page, student, button):
    """Press a button in a student's row, wait for formgrader's words, and give the row."""
    id = page.locator(".student-id").get_by_text(student, exact=True)
    row = page.locator("#main-table tr").filter(has=id)
    row.locator(f".{button} a").click()
    dialog = page.locator(".modal-dialog")
    expect(dialog).to_contain_text("Successfully", timeout=LATER)
    keep(page, f"formgrader-{button}-{student}")
    dialog.get_by_role("button", name="OK").click()
    expect(page.locator(".modal")).to_have_count(0)
    return row


def open_submission(context, course, student):
    """The page on which a person grades by hand, with its score fields filled."""
    with gradebook(course) as book:
        number = book.find_submission_notebook(NAME, NAME, student).id
    page = context.new_page()
    with (
        page.expect_response(re.compile("api/comments")),
        page.expect_response(re.compile("api/grades")),
    ):
        page.goto(f"/formgrader/submissions/{number}/")
    expect(page.locator("#test_data_iter")).to_have_attribute(
        "placeholder", "6"
    )
    return page


@pytest.fixture(scope="module")
def graded(browser, server, course):
    """By formgrader's buttons: its list shows the right score."""
    with visitor(browser, server) as context:
        page = context.new_page()
        page.goto("/formgrader")
        page.locator(
            f'#main-table a[href$="manage_submissions/{NAME}"]'
        ).click()
        row = press(page, "mallory", "autograde")
        expect(row.locator(".status")).to_have_text("graded")
        expect(row.locator(".score")).to_have_text("18 / 30")
        press(page, "mallory", "generate-feedback")
        keep(page, "formgrader-list")


def test_hostile_markup_runs_nowhere(browser, server, course, graded):
    """The grade is that of its functions; nothing runs, nothing is sent, nothing is covered."""
    assert sum(filter(None, scores(course, NAME)["mallory"].values())) == 18
    with visitor(browser, server) as context:
        watch = Watch().over(context)
        page = open_submission(context, course, "mallory")
        address = page.url
        nothing_ran(page, watch)
        assert page.title() == NAME
        assert re.split("[?#]", page.url)[0] == address
        for name in ("test_data_iter", "test_sgd"):  # nothing lies over it
            page.locator(f"#{name}").click(trial=True)
        keep(page, "hostile-feedback")
        page.goto(
            (course / "feedback/mallory" / NAME / f"{NAME}.html").as_uri()
        )
        expect(page.locator("h1").first).to_have_text(
            "mallory: 18 of 30 points"
        )
        nothing_ran(page, watch)
        keep(page, "hostile-feedback-page")


def nothing_ran(page, watch):
    """Nothing did so far, and no link or field of the page can."""
    page.wait_for_load_state("networkidle")
    page.evaluate(  # click what a person could click, and point at all there is
        """() => document.querySelectorAll('#notebook *').forEach(element => {
            for (const kind of ['mouseover', 'mouseenter', 'toggle', 'load', 'error', 'animationstart'])
                if (!element.matches('.tabbable')) element.dispatchEvent(new Event(kind))
            if (element.matches('a:not([href^=http])')) element.click()
        })"""
    )
    page.wait_for_load_state("networkidle")
    frames = [frame.url for frame in page.frames[1:]]
    kinds = page.evaluate(
        "[...new Set([...document.querySelectorAll('#notebook a[href]')].map(a => a.protocol))]"
    )
    assert watch.calls == []
    assert watch.writes == []
    assert watch.asked == []
    assert frames == []
    assert {"http:", "https:", "file:", "mailto:"} >= set(kinds)


def test_the_watch_sees_what_runs(browser, server):
    """The markup above would run on a page that is not cleaned."""
    with visitor(browser, server) as context:
        watch = Watch().over(context)
        page = context.new_page()
        page.goto("/formgrader")
        page.set_content(f"<div id=notebook>{RUNS}{HOSTILE}</div>")
        with pytest.raises(AssertionError):
            nothing_ran(page, watch)
        assert len(watch.calls) > 3


def class_folder(root):
    """Results of a small class, of which one student writes markup wherever there is room."""
    with ResultsFolder(root, "maths") as book:
        for report in (*SMALL_CLASS, hostile_report()):
            book.add(report.report, "", late=report.late)
        book.write()
    return root


def test_the_class_page_sorts_and_filters_from_the_disk(browser, tmp_path):
    """By each column, by words, by what is true of a student; it asks nobody for anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    watch = Watch().over(context)
    errors = []
    page = context.new_page()
    for event in ("console", "pageerror"):
        page.on(event, lambda what: errors.append(what))
    page.goto((class_folder(tmp_path) / "index.html").as_uri())
    everybody = page.get_by_role("button", name="Show all")

    def shown():
        return page.locator(
            "#grid tbody tr:visible td:first-child"
        ).all_inner_texts()

    assert len(shown()) == 6
    points = page.locator("#grid").get_by_role("button", name="points")
    points.click()
    assert shown()[0] == "ed"  # of whom nothing is known
    points.click()
    assert shown()[:2] == ["amal", "bo"]
    page.get_by_label("Find a student").fill("B")
    assert "bo" in shown()
    assert "amal" not in shown()
    everybody.click()
    assert len(shown()) == 6
    page.locator("#only").select_option("late")
    assert shown() == ["cy"]
    expect(page.locator("#shown")).to_have_text("1 of 6 shown")
    everybody.click()
    bar = page.locator(".bar").last  # of the histogram
    bar.press("Enter")
    assert f": {len(shown())} student" in bar.get_attribute("aria-label")
    everybody.click()
    page.locator(f'a[href="{feedback_link("bo")}"]').first.click()
    expect(page.locator("h1")).to_contain_text("bo")
    assert errors == []
    assert watch.calls == []
    assert watch.asked == []
    context.close()


WIDER = """[...document.querySelectorAll("main *")].filter(one => !one.closest("[tabindex], .hidden"))
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.outerHTML.slice(0, 99))"""


def test_a_phone_shows_whole_pages(browser, tmp_path):
    """Nothing is wider than it, unless it scrolls by keys; in light and in dark."""
    folder = class_folder(tmp_path / "class")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    for name, path in {
        "class": folder / "index.html",
        "student": folder / feedback_link("bo"),
    }.items():
        page.goto(path.as_uri())
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert (
                page.evaluate(
                    "document.documentElement.scrollWidth - innerWidth"
                )
                == 0
            ), name
            assert page.evaluate(WIDER) == [], name
            keep(page, f"{name}-{scheme}-360", full_page=True)
    page.close()
