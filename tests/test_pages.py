"""What a student reads as HTML: verdict, difference, smallest input, mistake and hint, all escaped."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

from autograder.reporting import pages
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

RAISED = Result(
    "sgd",
    "moves",
    "moves a parameter",
    1,
    0,
    Outcome.ERROR,
    message="your code raised ValueError: no (not yet) (in `sgd`, line 4: `w -= (lr) * g`)",
    example="w = [0.]",
    code="w = torch.tensor([0.])\nsgd([w], 0.5, 2)",
    hint="Look.",
    cause="raised",
)
ALSO = replace(RAISED, check="twice", title="moves it twice", points=2)


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
    page = pages.exercise(report(ours, log="Traceback SECRET"), "sgd")
    assert "SECRET" not in page
    assert "a person will" in page
    assert "✗" not in page


def test_whatever_a_student_can_write_is_escaped():
    """No element and no attribute comes from a text; no path is shown: the folders are the instructor's."""
    evil = '<img src=x onerror="evil()"> `<script>evil()</script>` \' & </div></code>'
    quoted = "x (in `f`, line 1: `<img src=y>`)"
    fields = dict.fromkeys(("message", "example", "says", "hint", "title"), evil)
    one = replace(RAISED, mistake="m", **dict.fromkeys(("message", "code", "says"), quoted))
    file = "/home/teacher/<i>.ipynb"
    page = pages.page(Report("<b>ann", file, "maths", (replace(WRONG, **fields), one), notes=(evil,)))
    parsed = Text(page)
    assert {"img", "script", "i", "b"} & {tag for tag, _ in parsed.tags} <= {"b"}  # ours are bold
    assert not [attrs for _, attrs in parsed.tags if any(name.startswith("on") for name in attrs)]
    assert 6 == parsed.text.count("<img src=x onerror=")
    assert "<img src=y>" in parsed.text
    assert "<b>ann" in parsed.text
    assert "/home/teacher" not in page
    assert [] == parsed.open


def test_math_in_a_message_is_not_set():
    """MathJax leaves our box alone."""
    parsed = Text(pages.exercise(report(WRONG), "squared_loss"))
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set(parsed.tags[0][1]["class"].split())


def test_a_page_loads_nothing():
    """It opens offline, and a policy says so to the browser."""
    page = pages.page(report(RIGHT, WRONG, notes=("cell 3 could not be read",)))
    parsed = Text(page)
    (policy,) = (attrs["content"] for _, attrs in parsed.tags if "http-equiv" in attrs)
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy
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


def test_what_stands_in_backticks_is_code():
    """In words of ours; an example is code as a whole, and a title is as it is."""
    result = replace(WRONG, title="a `t`", says="say `s` and `<u>`", example="x = '`e`'")
    parsed = Text(pages.exercise(report(result), "squared_loss"))
    page = pages.exercise(report(result), "squared_loss")
    assert 4 == [tag for tag, _ in parsed.tags].count("code")
    assert ">s</code> and <code" in page
    assert "&lt;u&gt;</code>" in page
    assert {"a `t`", "x = '`e`'"} <= {word.strip() for word in parsed.words}


def test_a_students_white_space_is_kept_and_ours_adds_none():
    """A message's lines and indents are shown, with nothing before or behind them."""
    result = replace(WRONG, message="expected\n  1\ngot\n  2")
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


# A student's page.

WHOLE = Result("whole", "c", "learns", 3, 0, Outcome.FAILED, "expected 1, got 2", cause="differs")
BOTH = report(RIGHT, WRONG, RAISED, ALSO, WHOLE, follows={"whole": ("squared_loss", "sgd")})


def page_of(one: Report) -> Text:
    """A report's page, read; every element is closed."""
    parsed = Text(pages.page(one))
    assert [] == parsed.open
    return parsed


def between(text: str, *words: str) -> None:
    """These stand in this order."""
    places = [text.index(word) for word in words]
    assert sorted(places) == places


def test_a_page_says_first_what_to_mend():
    """What rests on it follows; where all holds, that is said."""
    text = page_of(BOTH).text
    assert "Mend first: squared_loss, sgd; whole follows." in text
    assert "It runs your own squared_loss, sgd: mend that first" in text
    assert "Mend first: squared_loss." in page_of(report(RIGHT, WRONG)).text
    assert "there is nothing to mend" in page_of(report(RIGHT)).text
    followed = replace(WRONG, earned=2, outcome=Outcome.FOLLOWED)
    assert "there is nothing to mend" in page_of(report(RIGHT, followed)).text


def test_a_page_has_lost_exercises_first_and_what_holds_in_a_line():
    """In the order of the notebook; within an exercise too, a card for what was lost stands first."""
    holds = Result("linreg", "c", "is a line", 4, 4, Outcome.PASSED)
    text = page_of(report(holds, RIGHT, WRONG, RAISED)).text
    words = "squared_loss: 1 of 3", "gives one loss", "is half the squared", "sgd: 0 of 1", "linreg: 4 of 4"
    between(text, *words, "is a line")
    assert 1 == text.count("linreg")


def test_a_card_has_what_happened_where_the_input_the_mistake_and_the_hint():
    """In this order; the line is quoted apart, and the input can be pasted."""
    both = replace(RAISED, says="You forgot.", mistake="m")
    parsed = page_of(report(both))
    between(
        parsed.text,
        "✗ 0/1 moves a parameter",
        "your code raised ValueError: no (not yet)",
        "in sgd, line 4:",
        "w -= (lr) * g",
        "Try it in your notebook",
        "w = torch.tensor([0.])\nsgd([w], 0.5, 2)",
        "Likely: You forgot.",
        "Hint: Look.",
    )
    assert "smallest input: w" not in parsed.text
    assert ["pre", "pre"] == [tag for tag, _ in parsed.tags if tag == "pre"]
    assert "smallest input: w = [0.]" in page_of(report(replace(RAISED, code=""))).text


def test_a_cause_has_one_card_with_the_rest_folded():
    """And what it cost in all is the exercise's heading."""
    parsed = page_of(report(RAISED, ALSO))
    assert 1 == [tag for tag, _ in parsed.tags].count("article")
    assert 1 == parsed.text.count("your code raised")
    between(parsed.text, "sgd: 0 of 3 points", "1 check more is lost by it", "✗ 0/2 moves it twice")
    text = Text(pages.exercise(report(RAISED, ALSO), "sgd")).text
    assert "Lost with it: moves it twice (0/2)" in text


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


def test_a_page_says_how_late_it_was_and_no_other_flag():
    """A flag is the instructor's, but for this."""
    text = page_of(report(RIGHT, flags=("its file is odd", "late, by two days"))).text
    assert "Handed in late, by two days." in text
    assert "odd" not in text


def test_a_file_that_was_not_judged_has_one_sentence_and_no_cards():
    """Whether it is empty or waits for a person."""
    lost = [
        replace(r, earned=0, outcome=Outcome.MISSING, message="the file is empty") for r in (RIGHT, WRONG)
    ]
    empty = [replace(r, cause="unreadable", example="", says="", hint="") for r in lost]
    text = page_of(report(*empty, notes=("the file is empty",))).text
    assert 1 == text.count("the file is empty")
    assert "gives one loss" not in text
    waits = [replace(r, cause="unread", outcome=Outcome.GRADER_ERROR, message="two files") for r in empty]
    text = page_of(report(*waits)).text
    assert "not graded, since a person must look first: two files" in text
    assert "✗" not in text


def test_a_fragment_shows_what_steers_a_terminal_as_a_code():
    """And the marks that turn the order of letters: a page has no words but those that are seen."""
    odd = replace(WRONG, message="expected 1, got \x1b[2J\u202e2\n\tand a line")
    assert r"expected 1, got \x1b[2J\u202e2" in Text(pages.exercise(report(odd), "squared_loss")).text
    assert "\n\tand a line" in Text(pages.exercise(report(odd), "squared_loss")).text
    assert r"\u2066a" in Text(pages.notes(report(RIGHT, notes=("\u2066a",)))).text
