"""What a student reads as HTML: verdict, difference, smallest input, mistake and hint, all escaped."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from autograder.reporting import pages
from autograder.reporting.rendering import TEMPLATES
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
    text = Text(pages.exercise(report(RIGHT, WRONG), "squared_loss")).text
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
    good = pages.exercise(report(RIGHT), "squared_loss")
    bad = pages.exercise(report(WRONG), "squared_loss")
    assert "✓" in good
    assert "✓" not in bad
    assert "✗" in bad
    assert "#1a7f37" in good
    assert "#1a7f37" not in bad


def test_a_grader_error_is_nobodys_loss_in_words():
    """It is neither a pass nor a fail."""
    ours = Result("sgd", "a", "moves", 1, 0, Outcome.GRADER_ERROR, "the disk is full")
    page = pages.exercise(report(ours), "sgd")
    assert "a person will" in page
    assert "✗" not in page


@pytest.mark.parametrize("field", ["message", "example", "says", "hint", "title"])
def test_whatever_a_student_can_write_is_escaped(field):
    """No element and no attribute comes from a text."""
    evil = '<img src=x onerror="evil()"> `<script>evil()</script>` \' & </div></code>'
    result = Result(**{**vars_of(WRONG), field: evil})
    page = pages.page(report(result, notes=(evil,)))
    parsed = Text(page)
    assert {"img", "script"}.isdisjoint(tag for tag, _ in parsed.tags)
    assert not [attrs for _, attrs in parsed.tags if any(name.startswith("on") for name in attrs)]
    assert "<img src=x onerror=" in parsed.text
    assert [] == parsed.open


def test_ids_and_files_are_escaped_and_no_path_is_shown():
    """A student chooses the file's name, and the instructor's folders are nobody's business."""
    page = pages.page(Report("<b>ann", "/home/teacher/<i>.ipynb", "vectorization", (RIGHT,)))
    assert "/home/teacher" not in page
    assert {"b", "i"}.isdisjoint(tag for tag, attrs in Text(page).tags if not attrs and tag == "i")
    assert "<b>ann" in Text(page).text


def test_math_in_a_message_is_not_set():
    """MathJax leaves our box alone."""
    parsed = Text(pages.exercise(report(WRONG), "squared_loss"))
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set(parsed.tags[0][1]["class"].split())


def test_a_page_loads_nothing():
    """It opens offline, and a policy says so to the browser."""
    page = pages.page(report(RIGHT, WRONG, notes=("cell 3 could not be read",)))
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
    text = Text(pages.exercise(report(*missing), "sgd")).text
    assert 1 == text.count("there is no function")
    assert 4 == text.count("claim")


def test_an_unknown_exercise_is_an_error():
    """The plugin must not show an empty box for it."""
    with pytest.raises(KeyError):
        pages.exercise(report(RIGHT), "sgd")


def test_what_stands_in_backticks_is_code():
    """In words of ours; an example is code as a whole, and a title is as it is."""
    result = Result(
        **{**vars_of(WRONG), "title": "a `t`", "says": "say `s` and `<u>`", "example": "x = '`e`'"}
    )
    parsed = Text(pages.exercise(report(result), "squared_loss"))
    page = pages.exercise(report(result), "squared_loss")
    assert 4 == [tag for tag, _ in parsed.tags].count("code")
    assert ">s</code> and <code" in page
    assert "&lt;u&gt;</code>" in page
    assert {"a `t`", "x = '`e`'"} <= {word.strip() for word in parsed.words}


def test_a_students_white_space_is_kept_and_ours_adds_none():
    """A message's lines and indents are shown, with nothing before or behind them."""
    result = Result(**{**vars_of(WRONG), "message": "expected\n  1\ngot\n  2"})
    words = Text(pages.exercise(report(result), "squared_loss")).words
    assert "expected\n  1\ngot\n  2" in words


def test_a_fragment_brings_its_own_styles():
    """nbgrader's pages have no style sheet of ours: each element of a box has a style or needs none."""
    fragment = pages.exercise(report(RIGHT, WRONG), "squared_loss", "A note.")
    bare = {tag for tag, attrs in Text(fragment).tags if "style" not in attrs}
    assert {"b", "i"} >= bare
    assert "<style" not in fragment


def test_a_note_stands_above_the_checks():
    """A sentence of ours about how this was judged is read first."""
    text = Text(pages.exercise(report(RIGHT), "squared_loss", "Judged <here>.")).text
    assert text.index("1 of 1 points") < text.index("Judged <here>.") < text.index("1/1")


def test_notes_stand_in_a_box_of_their_own_or_nowhere():
    """A report without notes has no empty box."""
    assert "" == pages.notes(report(RIGHT))
    parsed = Text(pages.notes(report(RIGHT, notes=("one", "two"))))
    assert ["About your file", "one", "two"] == parsed.text.split("\n")[:3]
    assert [] == parsed.open


def test_a_traceback_of_ours_is_on_no_page():
    """It is for the instructor's log."""
    ours = Result("sgd", "a", "moves", 1, 0, Outcome.GRADER_ERROR, "the disk is full")
    assert "SECRET" not in pages.page(report(ours, log="Traceback SECRET"))


def test_all_templates_lie_beside_the_module():
    """They travel in the wheel, as whatever lies in the package does."""
    names = {path.name for path in TEMPLATES.iterdir()}
    assert {"page.html", "exercise.html", "notes.html", "macros.html", "prose.html", "class.html"} <= names
    assert {"base.css", "class.css", "class.js"} <= names


def test_jinja2_is_imported_by_the_first_page():
    """A command that writes no page starts without it."""
    code = "import sys; import autograder.reporting.results_folder; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False" == done.stdout.strip()


def vars_of(result: Result) -> dict:
    """A result's fields."""
    return {name: getattr(result, name) for name in result.__dataclass_fields__}


def test_a_fragment_shows_what_steers_a_terminal_as_a_code():
    """And the marks that turn the order of letters: a page has no words but those that are seen."""
    odd = replace(WRONG, message="expected 1, got \x1b[2J\u202e2\n\tand a line")
    assert r"expected 1, got \x1b[2J\u202e2" in Text(pages.exercise(report(odd), "squared_loss")).text
    assert "\n\tand a line" in Text(pages.exercise(report(odd), "squared_loss")).text
    assert r"\u2066a" in Text(pages.notes(report(RIGHT, notes=("\u2066a",)))).text
