"""The class's page: causes told once, whom to look at, and nothing that runs."""

import base64
import hashlib
import re
from datetime import datetime

from test_pages import Text

from autograder.assessment import Assessment, Lateness
from autograder.errors import Message
from autograder.reporting.class_statistics import ClassStatistics, Head
from autograder.reporting.pages import class_page, feedback_link
from autograder.results import Outcome, Report, Result, Slip, said

EVIL = """<img src=x onerror=evil()> "' onclick=evil() </script><script>evil()</script> {{ 7 * 7 }} \u202e"""
FOLLOWS = {"whole": ("half",)}
NOON = datetime(2026, 9, 1, 12, 0)


def result(exercise, check="c", lost=0.0, outcome=None, **more):
    """A check worth 2 points."""
    outcome = outcome or (Outcome.FAILED if lost else Outcome.PASSED)
    return Result(
        exercise, check, f"claims {check}", 2, 2 - lost, outcome, **more
    )


def report(
    id="ann", *results, decisions=(), late=None, later_failure="", **more
):
    """A student's report, and what is known besides."""
    judged = Report(id, f"{id}.py", "maths", results, **more)
    return Assessment(
        judged, entered=tuple(decisions), late=late, later_failure=later_failure
    )


HALVES = {
    "fault": said("expected 1"),
    "mistake": "forgets_the_half",
    "says": "You forgot to halve.",
    "cause": "mistake:forgets_the_half",
}
CLASS = (
    report("amal", result("half"), result("half", "d"), result("whole")),
    report(
        "bo",
        result("half", lost=2, **HALVES),
        result("half", "d"),
        result("whole", lost=2),
        knock_on=FOLLOWS,
    ),
    report(
        "cy",
        result("half", lost=2, **HALVES),
        result(
            "half",
            "d",
            2,
            Outcome.ERROR,
            fault=said("your code raised"),
            cause="raised",
        ),
        result("whole", lost=2, cause="differs"),
        knock_on=FOLLOWS,
        flags=(Message("its file is named Untitled.ipynb"),),
        late=Lateness(),
    ),
    report(
        "di",
        *(
            result(name, lost=2, outcome=Outcome.ERROR, cause="not_written")
            for name in ("half", "whole")
        ),
    ),
    report(
        "ed",
        result(
            "half",
            lost=2,
            outcome=Outcome.GRADER_ERROR,
            fault=said("the disk is full"),
        ),
    ),
)


def page(reports=CLASS, name="maths", table="review.csv", **more):
    """The page of these reports."""
    head = Head(name, **more)
    return class_page(ClassStatistics(reports), head, NOON, table)


def shown(read):
    """Its words, with a blank between two elements."""
    return " ".join(" ".join(read.words).split())


def test_speed_is_the_class_s_median_beside_the_reference_on_each_device():
    """Of a function that nobody measured, the page says nothing."""
    reports = []
    for id, factor in (("ann", 0.5), ("bo", 300.0), ("cy", 400.0)):
        timings = {
            "half": Message("{factor:.2g} times as fast", {"factor": factor})
        }
        reports.append(report(id, result("half"), timings=timings))
    speedups = {"cpu": {"half": 310.2}, "cuda": {"half": 9000.0}}
    text = shown(Text(page(reports, run={"speedups": speedups})))
    columns = (
        "median of the class reference solution cpu reference solution cuda"
    )
    assert f"{columns} half 300× 310× 9000×" in text
    assert "median of the class" not in shown(Text(page([report("dee")])))


def test_a_slip_is_named_by_its_line_once_for_each():
    """With what was seen to undo it; equal lines are counted."""
    lines = {
        "ann": "for i in range(n - 1):",
        "bo": "for k in range(rows - 1):",
        "cy": "for i in range(n - 1):",
    }
    slips = {id: Slip(3, line, "off by one") for id, line in lines.items()}
    reports = [
        report(id, result("half", lost=2, cause="slip", slip=slip))
        for id, slip in slips.items()
    ]
    text = shown(Text(page(reports)))
    seen = "the function's checks pass after one change in it"
    assert f"2 half for i in range(n - 1): {seen} ann cy" in text
    assert f"1 half for k in range(rows - 1): {seen} bo" in text


def test_no_pass_rate_counts_what_was_carried_forward():
    """Nobody saw it pass or fail; where it was decided for nobody, the rate is unknown."""
    carried = result(
        "half", "d", outcome=Outcome.CARRIED_FORWARD, fault=said("not decided")
    )
    wrong = report("bo", result("half", lost=2, **HALVES), carried)
    whole = page([report("ann", result("half"), result("half", "d")), wrong])
    assert re.findall(r">(\d+%)<", whole) == ["50%", "100%"]
    assert '<td data-v="-1">?</td>' in page([wrong])


def test_the_page_counts_everybody_and_has_mistakes_by_frequency():
    """In their words, with an example, who and what follows; what has no name is told by what
    happened.
    """
    text = shown(Text(page()))
    head = (
        "4 of 5 graded",
        "1 needs review",
        "1 not attempted",
        "1 late",
        "Median: 1 of 6 points",
        "2026-09-01",
    )
    assert [words for words in head if words not in text] == []
    known = "2 half You forgot to halve. for example: expected 1 bo cy"
    unnamed = (
        '1 half fails "claims d" (error); cause unknown for example: your code raised '
        "cy"
    )
    assert text.index(known) < text.index(unnamed)
    assert "1 nothing attempted di" in text
    assert "needs review: the disk" not in text
    assert "Needs your review ed : the disk is full" in text
    assert "its file is named Untitled.ipynb: cy" in text
    assert "Decide in review.csv" in text
    assert "Decide in" not in shown(Text(page(table="")))


def test_the_grid_has_all_students_with_links_and_no_guess():
    """Each once, in the order of the reports; of who needs a person nothing is known."""
    whole = page()
    grid = whole[whole.index('<table id="grid"') : whole.index("</table>")]
    rows = [
        re.findall(r"<td.*?>(?:<a.*?>)?(?:<bdi>)?(.*?)<", row)
        for row in grid.split("<tr ")[1:]
    ]
    assert rows[0] == ["amal", "6", "4", "2"]
    assert rows[2] == ["cy", "0", "0", "0"]
    assert rows[4] == ["ed", "?", "?", "?"]
    links = re.findall(r'href="(.*?)"', grid)
    assert [feedback_link(one.report.id) for one in CLASS] == [
        link for link in links if "#" not in link
    ]
    assert f"{feedback_link('cy')}#half" in links


def test_nothing_but_our_own_script_and_style_may_run():
    """The policy names both by what they are; no element asks for anything, or has code of its
    own.
    """
    read = Text(page())
    (policy,) = (
        attrs["content"] for _, attrs in read.tags if "http-equiv" in attrs
    )
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind, text in read.code.items():
        digest = base64.b64encode(
            hashlib.sha256(text.encode()).digest()
        ).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    for _, attrs in read.tags:
        assert not {
            name
            for name in attrs
            if name.startswith("on") or name in ("src", "style", "action")
        }


def hostile():
    """A report with markup wherever a student or a platform can put words."""
    words = dict.fromkeys(("code", "mistake", "says", "cause"), EVIL)
    results = (
        Result(EVIL, EVIL, EVIL, 2, 0, Outcome.FAILED, said(EVIL), **words),
        Result(EVIL, "u", EVIL, 2, 0, Outcome.TIMEOUT, said(EVIL)),
    )
    judged = Report(
        EVIL,
        EVIL,
        "maths",
        results,
        (Message(EVIL),),
        (said(EVIL),),
        name=EVIL,
        knock_on={EVIL: (EVIL,)},
    )
    return Assessment(judged)


def test_markup_in_any_place_is_words():
    """No element, attribute or template comes of it, and no mark that turns the order of
    letters.
    """
    one = hostile()
    evil = page([one], EVIL)
    read = Text(evil)
    tags = [tag for tag, _ in read.tags]
    assert tags.count("img") == 0
    assert tags.count("script") == 1
    assert not [
        attrs
        for _, attrs in read.tags
        if "onerror" in attrs or "onclick" in attrs
    ]
    assert "49" not in shown(read)
    assert "\u202e" not in evil
    assert shown(read).count("<img src=x onerror=evil()>") > 8
