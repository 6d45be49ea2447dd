"""The review page: what waits is decided by keyboard, and a spreadsheet edits the same table in turn."""

import asyncio
import contextlib
import csv
import html
import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from test_review import NAME, broken, fill, graded, report, rows

from autograder import courses, languages
from autograder.intake import released
from autograder.judging.cpu_limit import cpu_limit
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.review import FILE, ReviewError
from autograder.results import WRITTEN, Decision, Outcome, Report, Result
from autograder.reviewing.desk import Desk
from autograder.reviewing.server import serve
from autograder.reviewing.similar import DOTS, grouped

EVIL = "<img src=x onerror=evil()>"
ANSWERS = {"ann": "It grows, and becomes nan.", "bo": "it  grows, and becomes NaN.", "cy": EVIL}


def answered(id: str, text: str):
    """A report with this answer in words."""
    return replace(report(id), answers={"why": text})


@pytest.fixture
def results(tmp_path) -> Path:
    """A class: two equal answers, one that is markup, one student with two files, one without a report."""
    texts = {"dee/a.ipynb": "both\n" * 9 + "mine", "dee/b.py": f"{EVIL}\nboth"}
    files = replace(broken("dee"), files=tuple(texts), code=texts)
    graded(tmp_path, *(answered(*item) for item in ANSWERS.items()), files)
    return tmp_path


def gradebook(folder):
    """nbgrader's gradebook of the course in a folder."""
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{folder / 'gradebook.db'}")


@pytest.fixture
def course(tmp_path):
    """The manual grades of a course: ann's answer was not read, and bo's notebook could not be read."""
    from autograder.nbgrader_bridge.manual_grades import ManualGrades
    from nbgrader.coursedir import CourseDirectory

    course = CourseDirectory(root=str(tmp_path))
    with gradebook(tmp_path) as book:
        book.add_assignment(NAME)
        book.add_notebook(NAME, NAME)
        book.add_solution_cell("sgd", NAME, NAME)
        book.add_grade_cell("test_sgd", NAME, NAME, max_score=4, cell_type="code")
        book.add_grade_cell("why", NAME, NAME, max_score=2, cell_type="markdown")
        book.add_solution_cell("why", NAME, NAME)
        for student in ("ann", "bo"):
            book.add_student(student)
            book.add_submission(NAME, student)
            for grade in book.find_submission_notebook(NAME, NAME, student).grades:
                grade.auto_score = 3 if (student, grade.name) == ("ann", "test_sgd") else None
                grade.needs_manual_grade = grade.auto_score is None
        book.db.commit()
    grades = ManualGrades(course, NAME)
    with ResultsFolder(tmp_path / "results" / NAME, NAME, grades.decisions_on) as results:
        for one in report("ann"), broken("bo"):
            results.add(one, "k")
        results.write()
    return grades


@contextlib.contextmanager
def formgrader(folder):
    """What formgrader reads and writes in the course of a folder."""
    with gradebook(folder) as book:
        yield lambda student, cell: (
            book.find_grade(cell, NAME, NAME, student),
            book.find_comment(cell.removeprefix("test_"), NAME, NAME, student),
        )
        book.db.commit()


def test_the_results_of_a_course_are_decided_in_its_gradebook(tmp_path):
    """What formgrader decided stays in them, and no table is made that nobody reads."""
    with ResultsFolder(tmp_path, NAME, lambda report: [Decision("sgd", points=1)]) as book:
        book.add(report("ann"), "k")
        book.write()
    with pytest.raises(ReviewError, match="review --course"):
        Desk(tmp_path)
    with ResultsFolder(tmp_path, NAME) as book:
        book.write()
        assert [1] == [one.score for one in book.reports()]
    assert not (tmp_path / FILE).exists()


def test_points_and_a_comment_are_written_as_formgrader_writes_them(course, tmp_path):
    """Into a manual grade, which waits no longer, and a manual comment; each exercise that waits is asked."""
    desk = Desk(tmp_path / "results" / NAME, course)
    assert [("bo", ["sgd", "why"])] == [(one.view.report.id, one.names) for one in desk.waiting]
    assert "" == desk.decide(["ann"], "why", {"points": "1.5", "comment": "which step?"})
    with formgrader(tmp_path) as found:
        grade, comment = found("ann", "why")
        written = grade.manual_score, grade.needs_manual_grade, comment.manual_comment
    assert (1.5, False, "which step?") == written


def test_formgrader_and_the_page_are_used_in_turn(course, tmp_path):
    """What formgrader saved is seen when the page is loaded again, and no decision overwrites it."""
    desk = Desk(tmp_path / "results" / NAME, course)
    with formgrader(tmp_path) as found:
        grade, comment = found("bo", "test_sgd")
        grade.manual_score, grade.needs_manual_grade, comment.manual_comment = 1, False, "seen in class"
    desk.refresh(["bo"])
    assert {"why"} == desk.reports["bo"].waits.keys()
    assert "" == desk.decide(["bo"], "sgd", {"points": "2"})
    with formgrader(tmp_path) as found:
        grade, comment = found("bo", "test_sgd")
        assert (2, "seen in class") == (grade.manual_score, comment.manual_comment)


def test_points_are_saved_also_where_nbgrader_keeps_no_comment(course, tmp_path):
    """It keeps one for each cell that students write in; a sentence says so."""
    with gradebook(tmp_path) as book:
        book.db.delete(book.find_comment("sgd", NAME, NAME, "ann"))
        book.db.commit()
    desk = Desk(tmp_path / "results" / NAME, course)
    assert "keeps no comment" in desk.decide(["ann"], "sgd", {"points": "1", "comment": "why"})
    assert 1 == desk.reports["ann"].points_of("sgd")


def test_closing_the_page_writes_a_course_s_results(course, tmp_path):
    """They agree with the gradebook about who waits."""
    desk = Desk(tmp_path / "results" / NAME, course)
    desk.decide(["ann", "bo"], "why", {"points": "1"})
    assert 1 == desk.finish()
    tree = json.loads((tmp_path / "results" / NAME / "results.json").read_text("utf-8"))
    reports = [Report.from_json(one, NAME) for one in tree["submissions"]]
    assert {"ann": [], "bo": ["sgd"]} == {one.id: [*one.waits] for one in reports}


@contextlib.contextmanager
def served(desk: Desk) -> Iterator[str]:
    """The page's address, while it is served in a thread."""
    address: list[str] = []
    is_ready = threading.Event()
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    def ready(where: str) -> None:
        address.append(where)
        is_ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(desk, ready, stop)))
    thread.start()
    assert is_ready.wait(60)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def asked(address: str, **headers: str) -> int:
    """The status of a request."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def test_answers_that_differ_in_case_and_blanks_are_one_text():
    """Those with nearly the same words are one group, in which other words are marked."""
    texts = {**ANSWERS, "dee": "It grows, and then becomes nan.", "eve": "学习率太大", "fay": "学习率太大。"}
    groups = [[variant.ids for variant in group.variants.values()] for group in grouped(texts)]
    assert [[["ann", "bo"], ["dee"]], [["eve"], ["fay"]], [["cy"]]] == groups
    (_, other, *_) = grouped(texts)[0].variants.values()
    assert ["then"] == [piece for piece, is_new in other.pieces if is_new]


def test_what_differs_between_two_files_is_marked(results):
    """Each line that the other file lacks, with the three lines before and after it."""
    (one,) = Desk(results).waiting
    same = [("both", False)] * 3
    assert {"dee/a.ipynb": [DOTS, *same, ("mine", True)], "dee/b.py": [(EVIL, True), same[0]]} == one.files


def test_a_long_answer_is_compared_in_bounded_time():
    """Of each answer, only the first words are compared."""
    (group,) = grouped({"ann": "a b " * 10**6, "bo": "a b " * 10**6})
    assert 2 == len(group.ids)


def test_accents_without_letters_are_compared_in_bounded_time():
    """To put them into their order takes Unicode a time that grows by the square."""
    text = "a" + "\u0301\u0316" * 40_000
    with cpu_limit(3.0):
        (group,) = grouped({"ann": text, "bo": text})
    assert ["ann", "bo"] == group.ids


def test_long_answers_that_differ_at_their_end_are_two_texts():
    """In one group, since their first words are the same."""
    (group,) = grouped({"ann": "a b " * 10_000 + "yes", "bo": "a b " * 10_000 + "no"})
    assert 2 == len(group.variants)


def test_a_decision_on_a_group_is_a_row_for_each_student(results):
    """In the rows that wait; the page and the table say the same."""
    desk = Desk(results)
    assert "" == desk.decide(["ann", "bo"], "why", {"points": "1", "comment": "which step?"})
    written = {row["id"]: (row["points"], row["comment"]) for row in rows(results)}
    assert {
        "ann": ("1", "which step?"),
        "bo": ("1", "which step?"),
        "cy": ("", ""),
        "dee": ("", ""),
    } == written
    assert ["which step?"] == desk.comments()
    (question,) = desk.questions()
    assert [["cy"]] == [group.ids for group in question.groups]


def test_what_a_spreadsheet_wrote_in_the_meantime_stays(results):
    """The table is read before each row is written."""
    desk = Desk(results)
    lines = rows(results)
    lines[2]["points"] = "2"
    fill(results, lines)
    desk.decide(["ann"], "why", {"points": "1"})
    assert {"ann": "1", "bo": "", "cy": "2", "dee": ""} == {row["id"]: row["points"] for row in rows(results)}


def test_a_decision_can_be_changed(results):
    """In its own row: two rows about one thing would not count."""
    desk = Desk(results)
    for points in ("1", "2"):
        assert "" == desk.decide(["ann"], "why", {"points": points})
    assert 1 == len([row for row in rows(results) if row["id"] == "ann"])


def test_the_points_of_a_function_can_be_overridden_with_a_reason(results):
    """A row of its own, which counts as any other."""
    desk = Desk(results)
    desk.decide(["ann"], "sgd", {"points": "4", "comment": "right by another way"})
    assert 6 - 2 == desk.reports["ann"].score
    (row,) = (row for row in rows(results) if row["exercise"] == "sgd")
    assert ("ann", "4", "right by another way") == (row["id"], row["points"], row["comment"])


def test_a_decision_that_cannot_be_used_says_why(results):
    """As in the table: the row stays as it was written."""
    assert "is not a number" in Desk(results).decide(["ann"], "why", {"points": "7"})


def test_the_file_that_counts_is_chosen(results):
    """By its name, in the row of its student."""
    desk = Desk(results)
    assert "" == desk.decide(["dee"], "", {"file that counts": "dee/b.py"})
    assert ([], ["dee"]) == (desk.waiting, [report.id for report in desk.chosen])
    (row,) = (row for row in rows(results) if row["id"] == "dee")
    assert "dee/b.py" == row["file that counts"]


def test_closing_the_page_writes_the_results(results):
    """With every decision; who still waits is counted."""
    desk = Desk(results)
    desk.decide(["ann", "bo", "cy"], "why", {"points": "1"})
    assert 1 == desk.finish()
    with ResultsFolder(results, NAME) as book:
        assert (Decision("why", "written answer", 1.0),) == book.report("ann").decisions


def test_only_the_holder_of_the_token_is_answered(results):
    """Under the names of this machine alone: another site's name may point to it."""
    with served(Desk(results)) as address:
        bare = address.partition("?")[0]
        assert (200, 403, 403) == (asked(address), asked(bare), asked(address[:-1]))
        assert 403 == asked(address, Host="evil.example")
        assert 403 == asked(f"{bare}decide", **{"Content-Type": "text/plain"})


def test_an_answer_is_never_markup(results):
    """The page escapes it, and its policy names the kit's own script and style by their digests."""
    with served(Desk(results)) as address, urllib.request.urlopen(address) as reply:
        page = reply.read().decode()
    assert "<img" not in page
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)"', page)
    assert "connect-src &#39;self&#39;" in policy
    assert "unsafe" not in policy


def test_a_question_has_no_marks_of_markdown(tmp_path):
    """It is the notebook's text as a browser shows it: headings, bold and code."""
    (name, *_) = released.release_of(NAME).questions
    result = Result(name, WRITTEN, "written answer", 2, 0, Outcome.NOT_READ)
    graded(tmp_path, Report("ann", "ann.py", NAME, (result,), answers={name: "It grows."}))
    (question,) = Desk(tmp_path).questions()
    assert re.match(r"<h\d>\w", question.text)
    assert not re.search(r"#|\*\*|`", question.text + question.model)


def test_formulas_of_a_question_stay_as_they_are(tmp_path, monkeypatch):
    """Markdown would take away backslashes, `_` and `*`.  What is escaped, or code, is no formula."""
    formulas = r"$\mathbf{w}_{t}, \mathbf{w}_{t-1} \in \{0, 1\}$, $$a * b * c \\ d < e$$"
    (name, *_) = released.release_of(NAME).questions
    mark = {"nbgrader": {"grade_id": name, "grade": True, "solution": True}}
    texts = (rf"# {formulas}, \* and `$\{{`", {}), ("It grows.", mark)
    cells = [{"cell_type": "markdown", "metadata": data, "source": text} for text, data in texts]
    (tmp_path / f"{NAME}.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    result = Result(name, WRITTEN, "written answer", 2, 0, Outcome.NOT_READ)
    graded(tmp_path, Report("ann", "ann.py", NAME, (result,), answers={name: "It grows."}))
    monkeypatch.setattr(courses, "folder", lambda kind, assignment: tmp_path)
    (question,) = Desk(tmp_path).questions()
    assert rf"<h1>{formulas}, * and <code>$\{{</code></h1>" == html.unescape(question.text).strip()


def test_model_answers_are_never_released():
    """They lie in the solution notebooks alone, between the marks that nbgrader removes."""
    found = 0
    for path in courses.folder(courses.SOLUTIONS).glob("*/*.ipynb"):
        released = courses.folder(courses.ASSIGNMENTS) / path.parent.name / path.name
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and "BEGIN SOLUTION" in source:
                found += 1
                lines = [line for line in source.splitlines() if len(line) > 20 and "SOLUTION" not in line]
                shown = released.read_text("utf-8")
                assert [] == [line for line in lines if json.dumps(line, ensure_ascii=False)[1:-1] in shown]
    assert found > 0


@pytest.mark.slow
@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_class_is_decided_by_keyboard_alone(results, language):
    """Points and Enter select the next field; then a file by its button, and a student's function."""
    from browser_helpers import chromium
    from playwright.sync_api import expect

    with languages.spoken(language):
        saved = languages.tr("Saved")
        desk = Desk(results)
        with served(desk) as address, chromium() as browser:
            page = browser.new_page()
            page.goto(address)
            press = page.keyboard.press
            while "points" != page.evaluate("document.activeElement.className"):
                press("Tab")
            for number, points in enumerate(("2", "0")):
                page.keyboard.type(points)
                press("Enter")
                expect(page.locator("form[data-ids] output").nth(number)).to_have_text(saved)
            while page.evaluate("document.activeElement.value") != "dee/b.py":
                press("Shift+Tab")
            press("Enter")
            expect(page.locator("form[data-ids] output").nth(2)).to_have_text(saved)
            while page.evaluate("document.activeElement.name") != "student":
                press("Tab")
            page.keyboard.type("cy")
            press("Tab")
            press("Enter")
            expect(page.locator("#student")).to_be_focused()
            press("Tab")
            while "points" != page.evaluate("document.activeElement.className"):
                press("Tab")
            page.keyboard.type("4")
            press("Tab")
            page.keyboard.type("right by another way")
            press("Enter")
            expect(page.locator("#student output").first).to_have_text(saved)
    with open(results / "review.csv", encoding="utf-8-sig", newline="") as file:
        table = {(row["id"], row["exercise"]): row for row in csv.DictReader(file)}
    assert ["2", "2", "0", "4"] == [
        table[key]["points"] for key in (("ann", "why"), ("bo", "why"), ("cy", "why"), ("cy", "sgd"))
    ]
    assert "dee/b.py" == table["dee", ""]["file that counts"]
