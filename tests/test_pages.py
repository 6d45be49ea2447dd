"""What a student reads as HTML: verdict, difference, smallest input, mistake and hint, all
escaped.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from autograder import courses, exercises, languages, sentences
from autograder.assessment import Assessment, Decision, Lateness
from autograder.authoring.exercise import right_answers
from autograder.errors import Message
from autograder.figure import MAX_NUMBER, MAX_POINTS, Figure, Line
from autograder.intake.submission import Submission
from autograder.reporting import figures, pages
from autograder.reporting import text as texts
from autograder.reporting.view import View
from autograder.results import (
    Fault,
    Outcome,
    Report,
    Result,
    Slip,
    said,
)

RIGHT = Result(
    "squared_loss",
    "halves",
    "is half the squared error of each example",
    1,
    1,
    Outcome.PASSED,
)
WRONG = Result(
    "squared_loss",
    "keeps_apart",
    "gives one loss per example",
    2,
    0,
    Outcome.FAILED,
    fault=said("expected shape (2, 1), got (2, 2)"),
    mistake="broadcasts",
    says="You subtract without reshaping y.",
)

RAISED = Result(
    "sgd",
    "moves",
    "moves a parameter",
    1,
    0,
    Outcome.ERROR,
    fault=Fault(
        "raised",
        {
            "error": "ValueError",
            "message": "no (not yet)",
            "place": "sgd:4:w -= (lr) * g",
        },
    ),
    code="w = torch.tensor([0.])\nsgd([w], 0.5, 2)",
    cause="raised",
)
ALSO = replace(RAISED, check="twice", title="moves it twice", points=2)


def report(*results: Result, decisions=(), late=None, **words) -> Assessment:
    """A report of these results, and what is known besides."""
    judged = Report(
        "ann",
        "/home/teacher/submitted/ann/a.ipynb",
        "linear_regression",
        results,
        **words,
    )
    return Assessment(judged, entered=tuple(decisions), late=late)


class Text(HTMLParser):
    """What is read of a page, its elements, and what of it is code."""

    def __init__(self, page: str):
        super().__init__()
        self.words, self.tags, self.open, self.code = (
            [],
            [],
            [],
            {"script": "", "style": ""},
        )
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in self.code:
            self.code[self.open[-1]] += data
        else:
            self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)


def test_whatever_a_student_can_write_is_escaped():
    """No element and no attribute comes from a text; no path is shown: the folders are the
    instructor's.
    """
    evil = '<img src=x onerror="evil()"> `<script>evil()</script>` \' & </div></code>'
    quoted = "x (in `f`, line 1: `<img src=y>`)"
    fields = {"fault": said(evil), "says": evil, "title": evil}
    one = replace(RAISED, mistake="m", fault=said(quoted), code=quoted, says=quoted)
    file = "/home/teacher/<i>.ipynb"
    judged = Report(
        "<b>ann", file, "maths", (replace(WRONG, **fields), one), notes=(said(evil),)
    )
    page = pages.page(Assessment(judged))
    parsed = Text(page)
    assert {"img", "script", "i", "b"} & {tag for tag, _ in parsed.tags} <= {
        "b"
    }  # ours are bold
    assert not [
        attrs
        for _, attrs in parsed.tags
        if any(name.startswith("on") for name in attrs)
    ]
    assert 4 == parsed.text.count("<img src=x onerror=")
    assert "<img src=y>" in parsed.text
    assert "<b>ann" in parsed.text
    assert "/home/teacher" not in page
    assert [] == parsed.open


def test_a_page_loads_nothing():
    """It opens offline, and a policy says so to the browser."""
    parsed = page_of(report(RIGHT, WRONG, notes=(said("cell 3 could not be read"),)))
    (policy,) = (attrs["content"] for _, attrs in parsed.tags if "http-equiv" in attrs)
    assert {"default-src 'none'", "script-src 'none'"} <= {
        part.strip() for part in policy.split(";")
    }
    assert "unsafe" not in policy
    assert not [attrs for _, attrs in parsed.tags if "src" in attrs or "href" in attrs]
    assert "ann: 1 of 3 points" in parsed.text
    assert "cell 3 could not be read" in parsed.text


def test_a_fragment_brings_its_own_styles():
    """nbgrader's pages have no style sheet of ours; MathJax leaves the box alone."""
    odd = replace(
        WRONG, fault=said("expected\n  1\ngot\n  2"), says="say `s` and `<u>`"
    )
    fragment = pages.exercise(report(RIGHT, odd), "squared_loss")
    parsed = Text(fragment)
    bare = {tag for tag, attrs in parsed.tags if "style" not in attrs}
    assert {"b", "i"} >= bare
    assert "<style" not in fragment
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set(
        parsed.tags[0][1]["class"].split()
    )
    assert "expected\n  1\ngot\n  2" in parsed.words
    assert ">s</code> and <code" in fragment
    assert "&lt;u&gt;</code>" in fragment
    between(
        parsed.text,
        "squared_loss: 1 of 3 points",
        "✓",
        "1/1",
        "✗",
        "0/2",
        "gives one loss",
    )


# A student's page.

WHOLE = Result(
    "whole",
    "c",
    "learns",
    3,
    0,
    Outcome.FAILED,
    said("expected 1, got 2"),
    cause="differs",
)
BOTH = report(
    RIGHT, WRONG, RAISED, ALSO, WHOLE, knock_on={"whole": ("squared_loss", "sgd")}
)


def page_of(one: Assessment) -> Text:
    """A report's page, read; every element is closed."""
    parsed = Text(pages.page(one))
    assert [] == parsed.open
    return parsed


def between(text: str, *words: str) -> None:
    """These stand in this order."""
    places = [text.index(word) for word in words]
    assert sorted(places) == places


def test_a_page_says_first_what_to_mend():
    """What rests on it follows; lost exercises and checks stand first, what holds in a line."""
    text = page_of(BOTH).text
    assert "Fix squared_loss, sgd first. That should also fix whole." in text
    assert "This runs your own squared_loss, sgd. Fix that first" in text
    carried = replace(WRONG, earned=2, outcome=Outcome.CARRIED_FORWARD)
    assert "Nothing to fix." in page_of(report(RIGHT, carried)).text
    holds = Result("linreg", "c", "is a line", 4, 4, Outcome.PASSED)
    text = page_of(report(holds, RIGHT, WRONG, RAISED)).text
    words = (
        "squared_loss: 1 of 3",
        "gives one loss",
        "is half the squared",
        "sgd: 0 of 1",
        "linreg: 4 of 4",
    )
    between(text, *words, "is a line")
    assert 1 == text.count("linreg")


def test_what_a_person_gave_is_not_to_be_fixed():
    """What still fails for it says so, and keeps its cause; nothing is to be tried."""
    told = report(WRONG, WHOLE, knock_on={"whole": ("squared_loss",)})
    for check in (WRONG.check, ""):
        one = replace(told, entered=(Decision("squared_loss", check, points=2),))
        for shown in (
            page_of(one).text,
            texts.text(one).replace("`", "").replace("\n", " "),
        ):
            assert 1 == shown.count(
                "whole still fails because of squared_loss, which your instructor"
            )
            assert "Fix" not in shown
        assert [("whole", "knock-on of `squared_loss`")] == [
            (loss.cause.exercise, loss.cause.sentence) for loss in View(one).losses
        ]


def test_a_card_has_what_happened_where_the_input_the_mistake_and_the_hint():
    """In this order; the line is quoted apart, the input can be pasted, and what it cost more
    is folded.
    """
    forgot = {"says": "You forgot.", "mistake": "m"}
    parsed = page_of(report(replace(RAISED, **forgot), replace(ALSO, **forgot)))
    between(
        parsed.text,
        "sgd: 0 of 3 points",
        "✗ 0/1 moves a parameter",
        "your code raised ValueError: no (not yet)",
        "in sgd, line 4:",
        "w -= (lr) * g",
        "Try it in your notebook",
        "w = torch.tensor([0.])\nsgd([w], 0.5, 2)",
        "Likely cause: You forgot.",
        "1 more check fails for the same reason",
        "✗ 0/2 moves it twice",
    )
    unexplained = page_of(report(RAISED, ALSO)).text
    assert (
        "fails for the same reason" not in unexplained
    )  # no mistake and no change explains both
    assert "  Likely cause: You forgot." in texts.text(
        report(replace(RAISED, says="You forgot."))
    )
    assert "smallest failing input: w" not in parsed.text
    assert ["pre", "pre"] == [tag for tag, _ in parsed.tags if tag == "pre"]
    assert 1 == [tag for tag, _ in parsed.tags].count("article")
    assert 1 == parsed.text.count("your code raised")


NOTE = "not decided: this follows from the mistake above; no points lost"
CARRIED = [
    Result(
        "squared_loss",
        name,
        f"claims {name}",
        2,
        2,
        Outcome.CARRIED_FORWARD,
        said(NOTE),
        cause="slip",
    )
    for name in ("a", "b")
]


def test_a_check_that_was_carried_forward_is_not_ok():
    """It has a mark of its own and a note in every text and page, also before the due date."""
    one = report(WRONG, *CARRIED, RIGHT)
    text = texts.text(one)
    assert ["->", "->"] == re.findall(r"(?m)^  (\S+)  2/2  claims [ab]$", text)
    assert 2 == " ".join(text.split()).count(NOTE)
    for shown in (
        pages.page(one),
        pages.page(one, "hints"),
        pages.exercise(one, "squared_loss"),
    ):
        read = Text(shown)
        assert 2 == read.text.count("→ 2/2 claims")
        assert 2 == read.text.count(NOTE)
        signs = [
            attrs["aria-label"] for _, attrs in read.tags if attrs.get("role") == "img"
        ]
        assert ["carried forward", "carried forward"] == [
            sign for sign in signs if "carried" in sign
        ]
    with languages.in_language("zh"):
        assert 'aria-label="不重复扣分"' in pages.page(one)


def test_a_page_can_be_read_aloud():
    """A language, one main part, headings without a gap, lists; each sign has its word."""
    tags = page_of(BOTH).tags
    names = [tag for tag, _ in tags]
    assert (1, 1) == (names.count("main"), names.count("h1"))
    headings = [int(name[1]) for name in names if name in ("h1", "h2", "h3")]
    assert all(after <= before + 1 for before, after in pairwise(headings))
    signs = [attrs["aria-label"] for _, attrs in tags if attrs.get("role") == "img"]
    assert {"passed", "not passed"} == set(signs)
    assert {"lang": "en"} == dict(tags)["html"]


def test_a_long_line_to_try_continues_deeper_than_it_begins():
    """In a terminal of 80 columns, as a block of Python is read."""
    long = f"    return [{', '.join(['float(W.mean())'] * 5)}]"
    shown = texts.text(
        report(replace(RAISED, code=f"def try_it(W):\n{long}\ntry_it(sgd)"))
    ).splitlines()
    first, second = (
        len(line) - len(line.lstrip()) for line in shown if "float(W.mean())" in line
    )
    assert second == first + 2


def test_the_line_with_a_slip_is_marked_in_the_code():
    """As a line that raised is."""
    slip = Slip(2, "    return (y_hat - y) ** 2", "factor")
    one = report(
        RIGHT,
        replace(WRONG, slip=slip),
        code={"squared_loss": f"def f(y_hat, y):\n{slip.source}"},
    )
    assert "<mark>    return (y_hat - y) ** 2</mark>" in pages.page(one)


def test_a_file_that_was_not_judged_has_one_sentence_and_no_cards():
    """Whether it is empty or waits for a person; of flags a student reads how late it was, and
    no other.
    """
    lost = [
        replace(r, earned=0, outcome=Outcome.MISSING, fault=said("The file is empty."))
        for r in (RIGHT, WRONG)
    ]
    empty = [replace(r, cause="unreadable", says="") for r in lost]
    whole = replace(
        WHOLE,
        cause="part_not_written",
        fault=said("Your `train` is not attempted yet."),
    )
    assert 1 == texts.text(report(*empty, whole)).count("The file is empty.")
    late = {"flags": (Message("its file is odd"),), "late": Lateness()}
    text = page_of(report(*empty, notes=(said("The file is empty."),), **late)).text
    assert 1 == text.count("The file is empty.")
    assert "gives one loss" not in text
    assert "Submitted late." in text
    assert "odd" not in text
    late = page_of(report(*empty, late=Lateness(1.5, 2))).text
    assert (
        "Submitted 1.5 days late.Late penalty: 2 points. The points here do not include it."
        in late
    )
    waits = [
        replace(
            r, cause="unread", outcome=Outcome.GRADER_ERROR, fault=said("two files")
        )
        for r in empty
    ]
    text = page_of(report(*waits, log="Traceback SECRET")).text
    assert (
        "This submission needs review before it gets points. two files If you can, submit"
        in text
    )
    assert [False, False] == [words in text for words in ("✗", "SECRET")]
    decided = page_of(
        report(*waits, decisions=[Decision(points=1, comment="by hand")])
    ).text
    assert 1 == decided.count("your instructor gave 1 of 3 points: by hand")
    assert [False, False] == [words in decided for words in ("needs review", "0 of")]


def test_an_error_of_the_grader_is_on_no_page_of_a_student():
    """It can name a path or a setting of the machine; the instructor's list has it."""
    failed = replace(
        WRONG,
        outcome=Outcome.GRADER_ERROR,
        fault=said("SandboxError: /srv is full."),
        cause="ours",
    )
    for one in (report(failed), report(failed, RIGHT)):
        shown = [pages.page(one), texts.text(one), pages.exercise(one, WRONG.exercise)]
        assert [False] * 3 == ["SandboxError" in text for text in shown]
        assert all(
            "Your instructor will review this." in " ".join(text.split())
            for text in shown
        )
        assert "SandboxError: /srv is full." == one.reason


def test_a_fragment_shows_what_steers_a_terminal_as_a_code():
    """And the marks that turn the order of letters: a page has no words but those that are seen."""
    odd = replace(WRONG, fault=said("expected 1, got \x1b[2J\u202e2\n\tand a line"))
    assert (
        r"expected 1, got \x1b[2J\u202e2"
        in Text(pages.exercise(report(odd), "squared_loss")).text
    )
    assert "\n\tand a line" in Text(pages.exercise(report(odd), "squared_loss")).text
    assert r"\u2066a" in page_of(report(RIGHT, notes=(said("\u2066a"),))).text


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
ROWS = Figure(
    "Rows",
    "All.",
    "place",
    "row",
    (Line("one", ((1, 0), (2, 1)), "dots"),),
    cuts=(1.5,),
)
LOST = Result("train", "learns", "learns", 2, 0, Outcome.FAILED, said("no"), cause="a")
ENDS = Result("train", "ends", "ends", 2, 0, Outcome.FAILED, said("no"), cause="a")
HELD = Result("train", "starts", "starts", 1, 1, Outcome.PASSED)


def test_a_picture_is_an_image_that_says_what_it_shows():
    """There a browser runs and loads nothing; no word of a figure's is markup."""
    page = pages.page(report(LOST, figures=(CURVE,)))
    (picture,) = re.findall("<img.*?>", page)
    says = "It &#34;falls&#34; &amp; &lt;b&gt;ends&lt;/b&gt;."
    assert f'alt="{says}"' in picture
    assert "img-src data:" in page
    assert "The &lt;loss&gt;" in page
    (address,) = re.findall('src="data:image/svg.xml;base64,(.*?)"', picture)
    root = ElementTree.fromstring(base64.b64decode(address))
    assert "{http://www.w3.org/2000/svg}svg" == root.tag
    assert {"right", "yours", "epoch", "loss"} <= {
        text.strip() for text in root.itertext()
    }


@pytest.mark.parametrize(
    "number", [math.nan, -math.inf, 2 * MAX_NUMBER, "1", None, True]
)
def test_no_figure_holds_what_cannot_be_drawn(number):
    """A worker says any number: what is no number of a picture is left out, or refused."""
    assert ((2.0, 3.0),) == Line.shown("a", [(1, number), (2, 3), (number, 1)]).points
    for odd in ({"lines": (Line("a", ((1, number),)),)}, {"cuts": (number,)}):
        with pytest.raises(ValueError, match="no figure"):
            dataclasses.replace(ROWS, **odd)


@pytest.mark.parametrize("log", ["", "xy"])
def test_whatever_a_figure_may_hold_is_drawn(log):
    """No numbers, none above zero, the smallest and the largest: there is a picture, and no
    exception.
    """
    assert MAX_POINTS == len(Line.shown("a", ((x, x) for x in range(10**6))).points)
    for values in ((), (-1, 0), (5e-324, MAX_NUMBER), (1, 1)):
        lines = tuple(
            Line("a", tuple(enumerate(values)), marks)
            for marks in ("joined", "dots", "crosses")
        )
        drawn = figures.svg(dataclasses.replace(CURVE, lines=lines, log=log))
        assert ElementTree.fromstring(drawn) is not None


def test_a_card_has_the_figure_of_what_was_lost():
    """Of its first check, or of one that is folded under it; what holds has none. JSON keeps it."""
    assert 1 == pages.page(report(LOST, HELD, figures=(CURVE,))).count("<img")
    assert 1 == pages.page(report(ENDS, LOST, figures=(CURVE,))).count("<img")
    assert 0 == pages.page(
        report(HELD, figures=(dataclasses.replace(CURVE, check="starts"),))
    ).count("<img")
    one = report(LOST, figures=(CURVE, ROWS))
    tree = json.loads(json.dumps(one.report.to_json(), allow_nan=False))
    assert (CURVE, ROWS) == Report.from_json(tree).figures


@pytest.mark.parametrize(
    ("name", "mistake", "lines", "words"),
    [
        (
            "train",
            "never_zeroes",
            ["the right loss", "the loss of your w and b"],
            "At the end: the right loss 0.00",
        ),
        (
            "data_iter",
            "drops_the_last",
            ["first call", "second call"],
            "batches of 5, 5.",
        ),
    ],
)
def test_a_mistake_is_drawn_where_that_shows_it(judges, name, mistake, lines, words):
    """The curve beside the right one, the rows that came."""
    assignment = next(
        a for a in courses.names() if any(e.name == name for e in exercises.load(a))
    )
    own = exercises.load(assignment)
    known = {
        mistake.name: mistake.source
        for e in own
        if e.name == name
        for mistake in e.mistakes
    }
    submission = Submission("ann", "ann.py", right_answers(own) + known[mistake])
    (figure,) = map(sentences.worded, judges[assignment].judge(submission).figures)
    assert lines == [line.name for line in figure.lines]
    assert words in figure.says
