"""What a student reads as HTML: verdict, difference, smallest input, mistake and hint, all escaped."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from autograder.feedback import html
from autograder.results import Outcome, Report, Result

RIGHT = Result("squared_loss", "halves", "is half the squared error of each example", 1, 1, Outcome.PASSED)
WRONG = Result(
    "squared_loss",
    "keeps_apart",
    "gives one loss per example",
    2,
    0,
    Outcome.FAILED,
    message="expected shape (2, 1), got (2, 2)",
    example="y_hat = [[0.], [0.]], y = [0., 0.]",
    mistake="broadcasts",
    says="You subtract without reshaping y.",
    hint="Which shape must `y` have first?",
)


def report(*results: Result, **words) -> Report:
    """A report of these results."""
    return Report("ann", "/home/teacher/submitted/ann/a.ipynb", "linear_regression", results, **words)


class Text(HTMLParser):
    """What is read of a page, and its elements."""

    def __init__(self, page: str):
        super().__init__()
        self.words, self.tags, self.open = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)


def test_parts_stand_in_order():
    """Verdict, difference, smallest input, mistake's words, hint."""
    text = Text(html.exercise(report(RIGHT, WRONG), "squared_loss")).text
    parts = [
        "squared_loss: 1 of 3 points",
        "1/1",
        "is half the squared error",
        "0/2",
        "gives one loss",
        "expected shape (2, 1), got (2, 2)",
        "smallest input: y_hat = [[0.], [0.]], y = [0., 0.]",
        "You subtract",
        "Hint: Which shape must y have first?",
    ]
    places = [text.index(part) for part in parts]
    assert sorted(places) == places


def test_pass_and_fail_look_different():
    """In the mark, the colour and a word, so that grey is enough."""
    good = html.exercise(report(RIGHT), "squared_loss")
    bad = html.exercise(report(WRONG), "squared_loss")
    assert "&#10003;" in good
    assert "&#10003;" not in bad
    assert "&#10007;" in bad
    assert "#1a7f37" in good
    assert "#1a7f37" not in bad


def test_a_grader_error_is_nobodys_loss_in_words():
    """It is neither a pass nor a fail."""
    ours = Result("sgd", "a", "moves", 1, 0, Outcome.GRADER_ERROR, "the disk is full")
    page = html.exercise(report(ours), "sgd")
    assert "a person will" in page
    assert "&#10007;" not in page


@pytest.mark.parametrize("field", ["message", "example", "says", "hint", "title"])
def test_whatever_a_student_can_write_is_escaped(field):
    """No element and no attribute comes from a text."""
    evil = '<img src=x onerror="evil()"> `<script>evil()</script>` \' & </div></code>'
    result = Result(**{**vars_of(WRONG), field: evil})
    page = html.page(report(result, notes=(evil,)))
    parsed = Text(page)
    assert {"img", "script"}.isdisjoint(tag for tag, _ in parsed.tags)
    assert not [attrs for _, attrs in parsed.tags if any(name.startswith("on") for name in attrs)]
    assert "<img src=x onerror=" in parsed.text
    assert [] == parsed.open


def test_ids_and_files_are_escaped_and_no_path_is_shown():
    """A student chooses the file's name, and the instructor's folders are nobody's business."""
    page = html.page(Report("<b>ann", "/home/teacher/<i>.ipynb", "vectorization", (RIGHT,)))
    assert "/home/teacher" not in page
    assert {"b", "i"}.isdisjoint(tag for tag, attrs in Text(page).tags if not attrs and tag == "i")
    assert "<b>ann" in Text(page).text


def test_math_in_a_message_is_not_set():
    """MathJax leaves our box alone."""
    parsed = Text(html.exercise(report(WRONG), "squared_loss"))
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set(parsed.tags[0][1]["class"].split())


def test_a_page_loads_nothing():
    """It opens offline, and a policy says so to the browser."""
    page = html.page(report(RIGHT, WRONG, notes=("cell 3 could not be read",)))
    assert "default-src 'none'" in page
    parsed = Text(page)
    assert not [attrs for _, attrs in parsed.tags if "src" in attrs or "href" in attrs]
    assert "ann: 1 of 3 points" in parsed.text
    assert "cell 3 could not be read" in parsed.text
    assert [] == parsed.open


def test_one_reason_for_all_is_said_once():
    """A function that is missing is missing for each of its checks."""
    missing = [
        Result("sgd", f"c{i}", f"claim {i}", 1, 0, Outcome.MISSING, "there is no function `sgd` in the file")
        for i in range(4)
    ]
    text = Text(html.exercise(report(*missing), "sgd")).text
    assert 1 == text.count("there is no function")
    assert 4 == text.count("claim")


def test_an_unknown_exercise_is_an_error():
    """The plugin must not show an empty box for it."""
    with pytest.raises(KeyError):
        html.exercise(report(RIGHT), "sgd")


def vars_of(result: Result) -> dict:
    """A result's fields."""
    return {name: getattr(result, name) for name in result.__dataclass_fields__}
