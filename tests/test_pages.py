"""What a student reads as HTML: verdict, difference, smallest input, mistake and hint, all
escaped.
"""

from __future__ import annotations

import base64
import math
import re
import textwrap
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from autograder import exercises, sentences
from autograder.assessment import Assessment, Decision, Lateness
from autograder.authoring.exercise import right_answers
from autograder.errors import Message
from autograder.figure import MAX_NUMBER, MAX_POINTS, Figure, Line
from autograder.intake.submission import Submission
from autograder.reporting import figures, pages
from autograder.reporting import text as texts
from autograder.reporting.rows import losses_of
from autograder.reporting.view import View
from autograder.results import (
    PARTIAL_CREDIT,
    Fault,
    Outcome,
    Report,
    Result,
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


def report(*results, decisions=(), late=None, **words):
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

    def __init__(self, page):
        super().__init__()
        self.words = []
        self.tags = []
        self.open = []
        self.code = {"script": "", "style": ""}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.code:
            self.code[self.open[-1]] += data
        else:
            self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)


def test_whatever_a_student_can_write_is_escaped():
    """No element or attribute comes from a text; no path and no control character is shown."""
    evil = '<img src=x onerror="evil()"> `<script>evil()</script>` \x1b[2J\u202e </div>'
    fields = {"fault": said(evil), "says": evil, "title": evil}
    quoted = "x (in `f`, line 1: `<img src=y>`)"
    raised = replace(
        RAISED, mistake="m", fault=said(quoted), code=quoted, says=quoted
    )
    file = "/home/teacher/<i>.ipynb"
    lost = replace(WRONG, **fields)
    judged = Report(
        "<b>ann", file, "maths", (lost, raised), notes=(said(evil),)
    )
    page = pages.page(Assessment(judged))
    parsed = Text(page)
    assert not {"img", "script", "i"} & {tag for tag, _ in parsed.tags}
    names = {name for _, attributes in parsed.tags for name in attributes}
    assert not {name for name in names if name.startswith("on")} | names & {
        "src",
        "href",
    }
    assert parsed.text.count("<img src=x onerror=") == 4
    assert r"\x1b[2J\u202e" in parsed.text
    for shown in ("<img src=y>", "<b>ann"):
        assert shown in parsed.text
    for hidden in ("/home/teacher", "\x1b", "\u202e"):
        assert hidden not in page
    (policy,) = (
        attrs["content"] for _, attrs in parsed.tags if "http-equiv" in attrs
    )
    assert {"default-src 'none'", "script-src 'none'"} <= {*policy.split("; ")}
    assert parsed.open == []


def test_a_fragment_brings_its_own_styles():
    """nbgrader's pages have no style sheet of ours; MathJax leaves the box alone."""
    odd = replace(WRONG, fault=said("expected\n  1\ngot\n  2"), says="say `s`")
    fragment = pages.exercise(report(RIGHT, odd), "squared_loss")
    parsed = Text(fragment)
    assert {"b", "i"} >= {
        tag for tag, attrs in parsed.tags if "style" not in attrs
    }
    assert "<style" not in fragment
    classes = {*parsed.tags[0][1]["class"].split()}
    assert {"tex2jax_ignore", "mathjax_ignore"} <= classes
    assert "expected\n  1\ngot\n  2" in parsed.words
    between(
        parsed.text,
        "squared_loss: 1 of 3 points",
        "✓ 1/1",
        "✗ 0/2",
        "gives one",
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
    RIGHT,
    WRONG,
    RAISED,
    ALSO,
    WHOLE,
    knock_on={"whole": ("squared_loss", "sgd")},
)


def page_of(one):
    """A report's page, read; every element is closed."""
    parsed = Text(pages.page(one))
    assert parsed.open == []
    return parsed


def between(text, *words):
    """These stand in this order."""
    places = [text.index(word) for word in words]
    assert places == sorted(places)


def test_a_page_says_first_what_to_mend():
    """What rests on it follows; lost exercises and checks stand first."""
    whole = page_of(BOTH)
    assert (
        "Fix squared_loss, sgd first. That should also fix whole." in whole.text
    )
    assert "This runs your own squared_loss, sgd. Fix that first" in whole.text
    signs = [
        attrs["aria-label"]
        for _, attrs in whole.tags
        if attrs.get("role") == "img"
    ]
    assert {*signs} == {"passed", "not passed"}
    carried = replace(WRONG, earned=2, outcome=Outcome.CARRIED_FORWARD)
    assert "Nothing to fix." in page_of(report(RIGHT, carried)).text
    holds = Result("linreg", "c", "is a line", 4, 4, Outcome.PASSED)
    text = page_of(report(holds, RIGHT, WRONG, RAISED)).text
    exercises = (
        "squared_loss: 1 of 3",
        "gives one loss",
        "sgd: 0 of 1",
        "linreg: 4 of 4",
    )
    between(text, *exercises, "is a line")


@pytest.mark.parametrize("check", [WRONG.check, ""])
def test_what_a_person_gave_is_not_to_be_fixed(check):
    """What still fails for it says so, and keeps its cause."""
    decision = Decision("squared_loss", check, points=2)
    told = report(
        WRONG,
        WHOLE,
        knock_on={"whole": ("squared_loss",)},
        decisions=[decision],
    )
    words = "whole still fails because of squared_loss, which your instructor"
    plain = texts.text(told).replace("`", "").replace("\n", " ")
    for shown in (page_of(told).text, plain):
        assert shown.count(words) == 1
        assert "Fix" not in shown
    (loss,) = losses_of(View(told))
    assert loss.sentence == "knock-on of `squared_loss`"


def test_a_card_has_what_happened_where_the_input_the_mistake_and_the_hint():
    """In this order; other checks that the same mistake costs, or that show the same, are folded."""
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
    assert [tag for tag, _ in parsed.tags].count("article") == 1
    parsed = page_of(report(RAISED, ALSO))
    assert "1 more check fails for the same reason" in parsed.text
    other = Fault("raised", RAISED.fault.values | {"error": "KeyError"})
    parsed = page_of(report(RAISED, replace(ALSO, fault=other, cause="other")))
    assert "fails for the same reason" not in parsed.text
    assert [tag for tag, _ in parsed.tags].count("article") == 2


def test_a_line_of_code_stays_whole_in_a_text():
    """A student can paste what a text offers, also where it is wider than the text."""
    code = "try_w = f(1)\nfor try_pass in f(2):\n    train(%s), try_w"
    code %= ", ".join(["try_features"] * 9)
    shown = texts.text(report(replace(RAISED, code=code))).splitlines()
    start = [line.strip() for line in shown].index("Try it:") + 1
    pasted = textwrap.dedent("\n".join(shown[start : start + 4]))
    assert pasted == f"{code}\n# raises ValueError: no (not yet)"


NOTE = "not decided: this follows from the mistake above; no points lost"
CARRIED = [
    Result(
        "squared_loss",
        name,
        f"claims {name}",
        2,
        2,
        Outcome.CARRIED_FORWARD,
        Fault("carried_forward"),
        cause="slip",
    )
    for name in ("a", "b")
]


def test_a_check_that_was_carried_forward_is_not_ok():
    """It has a mark of its own and a note in every text and page, also before the due date."""
    told = report(WRONG, *CARRIED, RIGHT)
    text = texts.text(told)
    assert len(re.findall(r"(?m)^  ->  2/2  claims [ab]$", text)) == 2
    assert " ".join(text.split()).count(NOTE) == 2
    for shown in (pages.page(told), pages.page(told, "hints")):
        read = Text(shown)
        counts = read.text.count("→ 2/2 claims"), read.text.count(NOTE)
        assert counts == (2, 2)
        assert shown.count('aria-label="carried forward"') == 2


OTHER = replace(RIGHT, exercise="sgd")
LINREG = replace(RIGHT, exercise="linreg", points=4, earned=4)
KNOCK_ON = replace(
    CARRIED[0],
    exercise="end_to_end",
    points=3,
    earned=3,
    fault=Fault("fix_part_first", {"part": "squared_loss"}),
)
UNJUDGED = RIGHT.bare(Outcome.GRADER_ERROR, 0, "ours")
CLASS = (WRONG, *CARRIED, RIGHT, OTHER, LINREG, KNOCK_ON)
POINTS = [  # what is decided, and the points of each exercise by each rule
    ([], {"cause": [5, 1, 4, 3], "check": [1, 1, 4, 0], "function": [0, 1, 4, 0]}),
    (
        [Decision("squared_loss", "keeps_apart", 2)],
        {"cause": [7, 1, 4, 3], "check": [3, 1, 4, 0], "function": [2, 1, 4, 0]},
    ),
    (
        [Decision("squared_loss", points=6), Decision("end_to_end", points=1)],
        {rule: [6, 1, 4, 1] for rule in PARTIAL_CREDIT},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("decisions", "points"), POINTS)
@pytest.mark.parametrize("rule", PARTIAL_CREDIT)
def test_a_course_says_what_failed_checks_cost(rule, decisions, points):
    """The same report is read by each rule; what a person decided has the last word."""
    read = replace(report(*CLASS, decisions=decisions), partial_credit=rule)
    assert [*map(read.points_of, read.exercises)] == points[rule]
    assert read.score == sum(points[rule])


def test_a_function_that_a_person_counts_as_right_has_all_of_its_points():
    """Its other checks passed; with a part of the check's points, it has those alone."""
    judged = report(replace(WRONG, mistake="", says=""), RIGHT)
    for given, expected in ((2, 3), (1, 1)):
        decided = Decision("squared_loss", "keeps_apart", given)
        read = replace(judged, entered=(decided,), partial_credit="function")
        assert read.score == expected


def test_no_rule_decides_what_was_not_judged():
    """The rest keeps its points until a person has decided, and none are known until then."""
    for rule in PARTIAL_CREDIT:
        read = replace(
            report(UNJUDGED, RIGHT, WRONG, OTHER), partial_credit=rule
        )
        assert read.needs_review
        assert read.points_of("squared_loss") is None
        assert read.points_of("sgd") == 1
    read = replace(report(UNJUDGED, RIGHT), partial_credit="function")
    assert [result.earned for result in read.results] == [None, 1]


@pytest.mark.parametrize("rule", PARTIAL_CREDIT)
def test_a_page_says_the_rule_and_the_marks_stay(rule):
    """One sentence; a check that was carried forward says what it costs by it."""
    read = replace(report(*CLASS), partial_credit=rule)
    text = " ".join(texts.text(read).split())
    shown = [
        text,
        Text(pages.page(read)).text,
        Text(pages.page(read, "hints")).text,
    ]
    tail = "no points lost" if rule == "cause" else "its points are lost, too"
    for words in shown:
        for other in PARTIAL_CREDIT:
            assert words.count(sentences.rule(other)) == (other == rule)
        assert words.count(f"follows from the mistake above; {tail}") == 2
        assert words.count(f"first; {tail}") == 1
    carried = 0 if rule != "cause" else 2
    passed = 0 if rule == "function" else 1
    assert f"-> {carried}/2 claims a" in text
    assert f"ok {passed}/1 is half the squared error of each example" in text
    assert "-- 0/2 gives one loss per example" in text
    # what follows from another function is not to be fixed
    assert [*View(read).failed] == ["squared_loss"]
    assert View(read, "points").lead == "Fix `squared_loss` first."
    (loss,) = losses_of(View(read))
    assert loss.exercise == "squared_loss"
    whole = replace(report(RIGHT, OTHER), partial_credit=rule)
    assert sentences.rule(rule) not in Text(pages.page(whole)).text


def not_judged(outcome, words, **facts):
    """A file that is empty, or that needs review."""
    fault = said(words)
    is_ours = outcome is Outcome.GRADER_ERROR
    cause = "unread" if is_ours else "unreadable"
    lost = [
        replace(r, earned=0, outcome=outcome, fault=fault, cause=cause, says="")
        for r in (RIGHT, WRONG)
    ]
    return report(*lost, notes=(fault,), **facts)


def test_a_file_that_is_empty_has_one_sentence_and_no_cards():
    """Of flags, a student reads only how late it was."""
    late = {"flags": (Message("its file is odd"),), "late": Lateness(1.5, 2)}
    text = page_of(
        not_judged(Outcome.MISSING, "The file is empty.", **late)
    ).text
    assert text.count("The file is empty.") == 1
    for hidden in ("gives one loss", "odd"):
        assert hidden not in text
    days = (
        "Submitted 1.5 days late.Late penalty: 2 points. The points here do not"
    )
    assert days in text


def test_a_file_that_waits_says_so_until_it_is_decided():
    """No check is shown as failed, and no traceback of ours."""
    waits = not_judged(
        Outcome.GRADER_ERROR, "two files", log="Traceback SECRET"
    )
    text = page_of(waits).text
    assert (
        "This submission needs review before it gets points. two files If"
        in text
    )
    for hidden in ("✗", "SECRET"):
        assert hidden not in text
    decision = Decision(points=1, comment="by hand")
    text = page_of(replace(waits, entered=(decision,))).text
    assert text.count("your instructor gave 1 of 3 points: by hand") == 1
    assert "needs review" not in text


@pytest.mark.parametrize("others", [[], [RIGHT]])
def test_an_error_of_the_grader_is_on_no_page_of_a_student(others):
    """It can name a path or a setting of the machine; the instructor's list has it."""
    error = "SandboxError: /srv is full."
    lost = {
        "outcome": Outcome.GRADER_ERROR,
        "fault": said(error),
        "cause": "ours",
    }
    told = report(replace(WRONG, **lost), *others)
    for text in (
        pages.page(told),
        texts.text(told),
        pages.exercise(told, WRONG.exercise),
    ):
        assert "SandboxError" not in text
        assert "Your instructor will review this." in " ".join(text.split())
    assert told.reason == error


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
LOST = Result(
    "train", "learns", "learns", 2, 0, Outcome.FAILED, said("no"), cause="a"
)


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
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"right", "yours", "epoch", "loss"} <= {
        text.strip() for text in root.itertext()
    }


@pytest.mark.parametrize("number", [math.nan, 2 * MAX_NUMBER, "1", None, True])
def test_no_figure_holds_what_cannot_be_drawn(number):
    """A worker may send any number: it is left out, or refused."""
    assert Line.shown("a", [(1, number), (2, 3), (number, 1)]).points == (
        (2.0, 3.0),
    )
    for odd in ({"lines": (Line("a", ((1, number),)),)}, {"cuts": (number,)}):
        with pytest.raises(ValueError, match="no figure"):
            replace(ROWS, **odd)


@pytest.mark.parametrize("log", ["", "xy"])
@pytest.mark.parametrize("values", [(), (-1, 0), (5e-324, MAX_NUMBER), (1, 1)])
def test_whatever_a_figure_may_hold_is_drawn(values, log):
    """No numbers, none above zero, the smallest and the largest."""
    points = tuple(enumerate(values))
    lines = tuple(
        Line("a", points, marks) for marks in ("joined", "dots", "crosses")
    )
    drawn = figures.svg(replace(CURVE, lines=lines, log=log))
    assert ElementTree.fromstring(drawn) is not None
    assert (
        len(Line.shown("a", ((x, x) for x in range(10**6))).points)
        == MAX_POINTS
    )


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
def test_a_mistake_is_drawn_where_that_shows_it(
    judges, name, mistake, lines, words
):
    """The curve beside the right one, the rows that came."""
    own = exercises.load("linear_regression")
    (exercise,) = (one for one in own if one.name == name)
    (known,) = (m for m in exercise.mistakes if m.name == mistake)
    text = right_answers(own) + known.source
    judged = judges["linear_regression"].judge(
        Submission("ann", "ann.py", text)
    )
    (figure,) = map(sentences.worded, judged.figures)
    assert [line.name for line in figure.lines] == lines
    assert words in figure.says
