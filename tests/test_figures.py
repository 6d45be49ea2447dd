"""What was measured of a function that lost points, drawn: for whom it is, and what it can never do."""

import base64
import dataclasses
import json
import math
import re
from xml.etree import ElementTree

import pytest

from autograder import exercises
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


@pytest.mark.parametrize("number", [math.nan, -math.inf, 2 * LARGEST, "1", None, True])
def test_no_figure_holds_what_cannot_be_drawn(number):
    """A worker says any number: what is no number of a picture is left out, or refused."""
    assert ((2.0, 3.0),) == Line.of("a", [(1, number), (2, 3), (number, 1)]).points
    with pytest.raises(ValueError, match="no series"):
        Line("a", ((1, number),))
    with pytest.raises(ValueError, match="no figure"):
        dataclasses.replace(ROWS, cuts=(number,))


@pytest.mark.parametrize("log", ["", "xy"])
def test_whatever_a_figure_may_hold_is_drawn(log):
    """No numbers, none above zero, the smallest and the largest: there is a picture, and no exception."""
    assert MOST_POINTS == len(Line.of("a", ((x, x) for x in range(10**6))).points)
    for values in ((), (-1, 0), (5e-324, LARGEST), (1, 1)):
        lines = tuple(Line("a", tuple(enumerate(values)), marks) for marks in ("joined", "dots", "crosses"))
        drawn = figures.svg(dataclasses.replace(CURVE, lines=lines, log=log))
        assert ElementTree.fromstring(drawn) is not None


def test_a_card_has_the_figure_of_what_was_lost():
    """Of its first check, or of one that is folded under it; what holds has none. JSON keeps it."""
    assert 1 == pages.page(report(LOST, HELD)).count("<img")
    assert 1 == pages.page(report(ALSO, LOST)).count("<img")
    assert 0 == pages.page(report(HELD, drawn=(dataclasses.replace(CURVE, check="starts"),))).count("<img")
    one = report(LOST, drawn=(CURVE, ROWS))
    tree = json.loads(json.dumps(one.to_json(), allow_nan=False))
    assert (CURVE, ROWS) == Report.from_json(tree, one.assignment).figures


@pytest.mark.parametrize(
    ("name", "mistake", "lines", "words"),
    [
        (
            "train",
            "never_zeroes",
            ["the right loss", "the loss of your w and b"],
            "At the end: the right loss 0.00",
        ),
        ("data_iter", "drops_the_last", ["first call", "second call"], "batches of 5, 5."),
    ],
)
def test_a_mistake_is_drawn_where_that_shows_it(judges, name, mistake, lines, words):
    """The curve beside the right one, the rows that came."""
    assignment = next(a for a in exercises.assignments() if any(e.name == name for e in exercises.of(a)))
    own = exercises.of(assignment)
    known = {mistake.name: mistake.source for e in own if e.name == name for mistake in e.mistakes}
    found = judges[assignment].judge(Submission("ann", "ann.py", right_answers(own) + known[mistake])).figures
    assert lines == [line.name for figure in found for line in figure.lines]
    assert words in "".join(figure.says for figure in found)
