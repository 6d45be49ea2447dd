"""What was measured of a function that lost points, drawn: for whom it is, and what it can never do."""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from autograder import exercises
from autograder.authoring import DeclarationError, Exercise, tensors
from autograder.authoring.exercise import right_answers
from autograder.intake.submission import Submission
from autograder.reporting import figures, pages
from autograder.results import LARGEST, MOST_POINTS, Figure, Line, Outcome, Report, Result

CURVE = Figure(
    "The <loss>",
    'It "falls" & <b>ends</b>.',
    "epoch",
    "loss",
    (Line("right", ((1, 4.0), (2, 2.0))), Line("yours", ((1, 4.0), (2, 1e12)))),
    log="y",
    exercise="train",
    check="learns",
)
ROWS = Figure("Rows", "All.", "place", "row", (Line("one", ((1, 0), (2, 1)), "dots"),), cuts=(1.5,))
LOST = Result("train", "learns", "learns", 2, 0, Outcome.FAILED, "no", cause="a")
ALSO = Result("train", "ends", "ends", 2, 0, Outcome.FAILED, "no", cause="a")
HELD = Result("train", "starts", "starts", 1, 1, Outcome.PASSED)
ODD = (math.nan, math.inf, -math.inf, 2 * LARGEST, "1", None, True)


def report(*results: Result, drawn=(CURVE,)) -> Report:
    return Report("ann", "ann.ipynb", "linear_regression", results, figures=drawn)


def test_a_picture_is_an_image_that_says_what_it_shows():
    """There a browser runs and loads nothing; no word of a figure's is markup."""
    page = pages.page(report(LOST))
    (picture,) = re.findall("<img.*?>", page)
    says = "It &#34;falls&#34; &amp; &lt;b&gt;ends&lt;/b&gt;."
    assert f'alt="{says}"' in picture
    assert "img-src data:" in page
    assert "The &lt;loss&gt;" in page
    (address,) = re.findall('src="data:image/svg.xml;base64,(.*?)"', picture)
    root = ElementTree.fromstring(base64.b64decode(address))
    assert "{http://www.w3.org/2000/svg}svg" == root.tag
    assert {"right", "yours", "epoch", "loss"} <= {text.strip() for text in root.itertext()}


@pytest.mark.slow
def test_it_is_the_same_bytes_wherever_it_is_drawn():
    """Nothing in it is of a day, a machine or a chance."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); import test_figures as t; "
        "print(t.figures.svg(t.CURVE) == sys.stdin.read())"
    )
    svg = figures.svg(CURVE)
    done = subprocess.run([sys.executable, "-c", code], input=svg, capture_output=True, text=True, check=True)
    assert "True" == done.stdout.strip()


@pytest.mark.parametrize("number", ODD)
def test_no_figure_holds_what_cannot_be_drawn(number):
    """A worker says any number: what is no number of a picture is left out, or refused."""
    assert ((2.0, 3.0),) == Line.of("a", [(1, number), (2, 3), (number, 1)]).points
    with pytest.raises(ValueError, match="no series"):
        Line("a", ((1, number),))
    with pytest.raises(ValueError, match="no figure"):
        dataclasses.replace(ROWS, cuts=(number,))
    assert MOST_POINTS == len(Line.of("a", ((x, x) for x in range(10**6))).points)


@pytest.mark.parametrize("log", ["", "y", "xy"])
@pytest.mark.parametrize("values", [(), (-1, 0), (5e-324, LARGEST), (1, 1)])
def test_whatever_a_figure_may_hold_is_drawn(log, values):
    """No numbers, none above zero, the smallest and the largest: there is a picture, and no exception."""
    lines = tuple(Line("a", tuple(enumerate(values)), marks) for marks in ("joined", "dots", "crosses"))
    drawn = figures.svg(dataclasses.replace(CURVE, lines=lines, log=log))
    assert ElementTree.fromstring(drawn) is not None


def test_a_report_s_figures_come_back_from_json():
    """They are measured: reports that differ in them alone are equal, and older ones have none."""
    one = report(LOST, drawn=(CURVE, ROWS))
    tree = json.loads(json.dumps(one.to_json(), allow_nan=False))
    assert (CURVE, ROWS) == Report.from_json(tree, one.assignment).figures
    assert report(LOST) == report(LOST, drawn=())
    del tree["figures"]
    assert () == Report.from_json(tree, one.assignment).figures


def test_a_card_has_the_figure_of_what_was_lost():
    """Of its first check, or of one that is folded under it; what holds has none."""
    assert 1 == pages.page(report(LOST, HELD)).count("<img")
    assert 1 == pages.page(report(ALSO, LOST)).count("<img")
    assert 1 == pages.exercise(report(LOST), "train").count("<img")
    assert 0 == pages.page(report(HELD, drawn=(dataclasses.replace(CURVE, check="starts"),))).count("<img")


def test_matplotlib_is_imported_where_there_is_something_to_draw():
    """It takes most of a second, which a class that lost nothing does not pay."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); import test_pages as t; "
        "t.pages.page(t.report(t.WRONG)); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False" == done.stdout.strip()


def test_a_figure_is_of_checks_that_are_there():
    """A slip of an author's is said at import."""
    made = Exercise("made", order=1)

    @made.check(points=1, given=tensors(x="n"), hint="Is it?")
    def holds(made, x):
        """holds"""

    def other(made):
        """is no check"""

    for of in ([], [other]):
        with pytest.raises(DeclarationError, match="must be of checks declared before it"):
            made.figure(of=of)(other)
    made.figure(of=[holds])(other)
    assert ["other"] == [drawing.name for drawing in made.drawings]


@pytest.fixture(scope="module")
def drawn(judges):
    """The figures of the right answers with one function as this source, or as a known mistake's."""

    def judged(name, source):
        assignment = next(a for a in judges if any(e.name == name for e in exercises.of(a)))
        own = exercises.of(assignment)
        exercise = next(e for e in own if e.name == name)
        known = {mistake.name: mistake.source for mistake in exercise.mistakes}
        text = right_answers(own) + known.get(source, source)
        found = judges[assignment].judge(Submission("ann", "ann.py", text))
        assert not found.log
        return found.figures

    return judged


@pytest.mark.parametrize(
    ("name", "mistake", "lines", "words"),
    [
        ("train", "never_zeroes", ["the right one", "of your w and b"], "At the end: the right one 0.00"),
        ("data_iter", "drops_the_last", ["first call", "second call"], "batches of 5, 5."),
        ("data_iter", "casts_to_float32", [], ""),
        ("vector_add", "loops", ["a + b", "your function", "a loop over the elements"], "For 10,000 numbers"),
    ],
)
def test_a_mistake_is_drawn_where_that_shows_it(drawn, name, mistake, lines, words):
    """The curve beside the right one, the rows that came, the time over the size; else nothing."""
    found = drawn(name, mistake)
    assert lines == [line.name for figure in found for line in figure.lines]
    assert words in "".join(figure.says for figure in found)


def test_odd_losses_break_no_figure(drawn):
    """Whatever a student returns, there is a figure of what can be shown, or none."""
    source = (
        "def train(w, b, features, labels, lr, num_epochs, batch_size):\n"
        "    return [float('nan'), -1e300, 10 ** 400, None, 'x'][:num_epochs]\n"
    )
    assert all(figures.svg(figure) for figure in drawn("train", source))
