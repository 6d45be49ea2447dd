"""Decisions in review.csv: merged, kept over every regrading, and never guessed."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assessment import Assessment, Decision
from autograder.reporting import review
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.review_rows import COLUMNS, CONTENT, COUNTS, ReviewError
from autograder.results import Outcome, Report, Result, said

NAME = "linear_regression"
TEXT = '=1+1 is no formula;\n@here, "quoted" \u5b66\u4e60\u7387'


def report(id: str, content: str = "one") -> Report:
    """Three of four points by checks, and two that could not be judged."""
    results = (
        Result("sgd", "moves", "moves each parameter", 2, 2, Outcome.PASSED),
        Result(
            "sgd",
            "divides",
            "divides by the batch size",
            2,
            1,
            Outcome.FAILED,
            said("expected 1"),
        ),
        Result("why", "holds", "holds", 2, 0, Outcome.GRADER_ERROR, said(TEXT)),
    )
    return Report(id, f"{id}.py", NAME, results, content=content)


def judged(id: str, content: str) -> Report:
    """Three of six points, all by checks."""
    *others, last = report(id).results
    lost = replace(last, outcome=Outcome.FAILED, fault=said("expected 1"))
    return replace(report(id, content), results=(*others, lost))


def broken(id: str, content: str = "one") -> Report:
    """Nothing of it could be read."""
    results = tuple(
        Result(
            r.exercise,
            r.check,
            r.title,
            r.points,
            0,
            Outcome.GRADER_ERROR,
            said("no notebook"),
        )
        for r in report(id).results
    )
    return Report(id, f"{id}.ipynb", NAME, results, content=content)


def graded(
    folder: Path, *reports: Report
) -> tuple[dict[str, Assessment], dict[int, str]]:
    """The class in a folder by id, after these were graded into it; and what was wrong in
    review.csv.
    """
    with ResultsFolder(folder, NAME) as book:
        for one in reports:
            book.add(one, "k")
        book.write()
        return {one.report.id: one for one in book.reports()}, book.review.problems


def rows(
    folder: Path, delimiter: str = ",", encoding: str = "utf-8-sig"
) -> list[dict[str, str]]:
    """The table as a spreadsheet reads it."""
    with open(folder / review.FILE, encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def fill(
    folder: Path, lines: list[dict], delimiter: str = ",", encoding: str = "utf-8-sig"
) -> None:
    """Save the table as a spreadsheet does."""
    with open(folder / review.FILE, "w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, COLUMNS, delimiter=delimiter)
        table.writeheader()
        table.writerows(lines)


def test_what_waits_has_a_row_and_no_formula(tmp_path):
    """Excel knows UTF-8 by the mark; no line of a student's text computes anything."""
    graded(tmp_path, report("ann"), broken("bo"))
    assert (tmp_path / review.FILE).read_bytes().startswith(b"\xef\xbb\xbf")
    waits = [
        (row["id"], row["exercise"], row["what"], row["of"]) for row in rows(tmp_path)
    ]
    assert [
        ("bo", "", "needs review", "6"),
        ("ann", "why", "needs review", "2"),
    ] == waits
    lines = rows(tmp_path)[1]["text"].splitlines()
    assert ["'=1+1 is no formula;", '\'@here, "quoted" \u5b66\u4e60\u7387'] == lines


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16")]
)
def test_decisions_are_kept_over_regrading(tmp_path, delimiter, encoding):
    """In any order, separator and encoding; the score, the page and the tables have them."""
    graded(tmp_path, report("007"), report("bo"), broken("cy"), report("di"))
    decided = [
        {
            "id": "7",
            "exercise": "why",
            "what": "needs review",
            "points": "1,5",
            "comment": "good",
        },
        {"id": "bo", "exercise": "sgd", "what": "divides", "points": "2"},
        {"id": "bo", "exercise": "sgd", "points": "3", "comment": "late fix"},
        {"id": "cy", "points": "4"},
        {"id": "di", "points": "Excused", "comment": "ill"},
    ]
    fill(tmp_path, decided, delimiter, encoding)
    for _ in range(2):
        found, problems = graded(
            tmp_path, report("007"), report("bo"), broken("cy"), report("di")
        )
        assert {} == problems
        assert [4.5, 3, 4] == [found[id].score for id in ("007", "bo", "cy")]
        assert ([False, True], True) == (
            [found[id].needs_review for id in ("007", "bo")],
            found["di"].is_excused,
        )
        kept = [row for row in rows(tmp_path, delimiter, encoding) if row["points"]]
        assert [one.items() <= row.items() for one, row in zip(decided, kept)] == [
            True
        ] * len(decided)
    told = (tmp_path / "grades.csv").read_text("utf-8-sig")
    assert "sgd (divides by the batch size): 2; sgd: 3: late fix" in told
    assert "good" in (tmp_path / "feedback" / "007.txt").read_text("utf-8")
    fill(tmp_path, [])
    found, _ = graded(tmp_path)
    assert [3, 3] == [found[id].score for id in ("007", "bo")]
    assert found["cy"].needs_review


def test_a_row_that_cannot_be_followed_says_so_and_the_others_hold(tmp_path):
    """Unknown names, points beyond the maximum, two decisions on one thing, no exercise or
    several checks.
    """
    graded(tmp_path, report("ann"), report("bo"))
    alike = replace(
        report("cy"),
        results=tuple(
            replace(r, title="moves each parameter") for r in report("cy").results
        ),
    )
    bad = [
        {"id": "zed", "points": "1"},
        {"id": "ann", "exercise": "sdg", "points": "1"},
        {"id": "ann", "exercise": "sgd", "what": "moves all", "points": "1"},
        {"id": "ann", "exercise": "why", "points": "2.5"},
        {"id": "ann", "points": "nan"},
        {"id": "bo", "exercise": "sgd", "points": "1"},
        {"id": "bo", "exercise": "sgd", "points": "2"},
        {"id": "bo", "what": "divides by the batch size", "points": "1"},
        {"id": "bo", "what": "holds", "points": "1"},
        {"id": "bo", COUNTS: "none.py"},
        {"id": "cy", "exercise": "sgd", "what": "moves each parameter", "points": "1"},
    ]
    fill(tmp_path, [*bad, {"id": "bo", "exercise": "why", "points": "2"}])
    with ResultsFolder(tmp_path, NAME) as book:
        book.review.file_of("bo", ["bo.py", "bo.ipynb"], "both")
        book.add(alike, "k")
        book.write()
        found = {one.report.id: one for one in book.reports()}
    assert {*range(2, 13)} == {*book.review.problems}
    assert [3, 5, 3] == [found[id].score for id in ("ann", "bo", "cy")]
    assert len(bad) + 1 == len(
        [row for row in rows(tmp_path) if row["points"] or row[COUNTS]]
    )


def test_what_is_written_during_a_run_counts_and_is_kept(tmp_path):
    """A table that cannot be read by then is left as it is, and the run says why."""
    with ResultsFolder(tmp_path, NAME) as book:
        book.add(report("ann"), "k")
        book.write()
        fill(tmp_path, [{"id": "ann", "exercise": "why", "points": "2"}])
        book.write()
        assert ["2"] == [row["points"] for row in rows(tmp_path)]
        (tmp_path / review.FILE).write_bytes(b"id,points")
        book.write()
        assert ({1}, b"id,points") == (
            {*book.review.problems},
            (tmp_path / review.FILE).read_bytes(),
        )
        assert [5] == [one.score for one in book.reports()]


def test_a_row_is_kept_by_the_check_s_name_with_its_title_beside_it(tmp_path):
    """A person may copy the title from the page; in another version or language, it may be
    another one.
    """
    graded(tmp_path, report("ann"))
    fill(
        tmp_path,
        [
            {
                "id": "ann",
                "exercise": "sgd",
                "what": "divides by the batch size",
                "points": "2",
            }
        ],
    )
    graded(tmp_path)
    (row,) = [row for row in rows(tmp_path) if row["points"]]
    assert ("divides", "divides by the batch size") == (row["what"], row["title"])
    renamed = [
        replace(result, title=f"another {result.check}")
        for result in report("ann").results
    ]
    found, problems = graded(tmp_path, replace(report("ann"), results=tuple(renamed)))
    assert ({}, 4) == (problems, found["ann"].score)
    (row,) = [row for row in rows(tmp_path) if row["points"]]
    assert ("divides", "another divides") == (row["what"], row["title"])


def test_the_student_reads_which_file_was_chosen(tmp_path):
    """In every text."""
    graded(tmp_path, report("ann"))
    fill(tmp_path, [{"id": "ann", COUNTS: "ann.py"}])
    graded(tmp_path, report("ann"))
    for name in ("grades.csv", "feedback/ann.html", "feedback/ann.txt"):
        assert "your instructor chose ann.py" in (tmp_path / name).read_text("utf-8")


def test_a_decision_holds_for_the_content_that_it_was_made_on(tmp_path):
    """Another content: it does not count, and waits again, with the old decision beside it."""
    graded(tmp_path, broken("ann"))
    (row,) = rows(tmp_path)
    assert "cone" == row[CONTENT]  # of its content, "one"
    fill(tmp_path, [row | {"points": "6", "comment": "read by hand"}])
    assert 6 == graded(tmp_path)[0]["ann"].grade
    untouched = judged("ann", "two")
    found, problems = graded(tmp_path, untouched)
    assert ({}, None, 3) == (problems, found["ann"].grade, found["ann"].score)
    assert ["6", ""] == [row["points"] for row in rows(tmp_path)]
    assert "hand: 6: read by hand. Decide again" in rows(tmp_path)[1]["text"]
    assert "graded an earlier submission by hand" in (
        tmp_path / "feedback/ann.html"
    ).read_text("utf-8")
    fill(tmp_path, [rows(tmp_path)[0], rows(tmp_path)[1] | {"points": "3"}])
    assert [3, 3] == [graded(tmp_path)[0]["ann"].grade for _ in range(2)]
    assert ["6", "3"] == [row["points"] for row in rows(tmp_path)]


def test_a_comment_answers_a_decision_that_waits_again(tmp_path):
    """Then the points of the checks count; an earlier comment alone waits for nobody."""
    graded(tmp_path, report("ann"))
    fill(
        tmp_path,
        [
            {"id": "ann", "exercise": "sgd", "points": "4"},
            {"id": "ann", "comment": "well done"},
        ],
    )
    graded(tmp_path)
    later = judged("ann", "two")
    assert graded(tmp_path, later)[0]["ann"].needs_review
    waits = [row for row in rows(tmp_path) if not (row["points"] or row["comment"])]
    assert [("sgd", "needs review")] == [
        (row["exercise"], row["what"]) for row in waits
    ]
    fill(
        tmp_path,
        [row | {"comment": row["comment"] or "seen"} for row in rows(tmp_path)],
    )
    assert 3 == graded(tmp_path)[0]["ann"].grade


def test_a_file_is_chosen_of_those_that_were_there(tmp_path):
    """With a further one, the choice waits again."""
    both = replace(broken("ann", "both"), files=("a.py", "b.py"))
    graded(tmp_path, both)
    (row,) = rows(tmp_path)
    fill(tmp_path, [row | {COUNTS: "a.py"}])
    with ResultsFolder(tmp_path, NAME) as book:
        assert "a.py" == book.review.file_of("ann", both.files, "both")
        assert "" == book.review.file_of("ann", (*both.files, "c.py"), "three")


def test_what_the_kit_writes_it_reads(tmp_path):
    """A text of 32,000 signs that are escaped is longer than what Python's csv reads by itself."""
    long = replace(report("ann").results[2], fault=said("\u202e" * 32_000))
    one = replace(report("ann"), results=(*report("ann").results[:2], long))
    graded(tmp_path, one)
    assert 32_000 > len(rows(tmp_path)[0]["text"]) - len(" [...]") - 1
    content = (tmp_path / review.FILE).read_bytes()
    (tmp_path / review.FILE).write_bytes(content.replace(b"[...]", b"x" * 200_000))
    assert {} == graded(tmp_path)[1]


def test_decisions_of_a_gradebook_are_in_its_results(tmp_path):
    """There is no review.csv beside them."""

    with ResultsFolder(tmp_path, NAME, lambda report: [Decision(points=4)]) as book:
        book.add(report("ann"), "k")
        book.write()
        assert (4, 4) == (book.report("ann").score, next(book.reports()).score)
    with ResultsFolder(tmp_path, NAME) as book:  # without the course
        book.write()
    assert '"score": 4' in (tmp_path / "results.json").read_text()
    assert not (tmp_path / "review.csv").exists()


def test_decisions_are_the_same_in_any_order():
    """What was decided of a whole exercise is of all its checks."""
    both = Decision("sgd", "divides", 2), Decision("sgd", points=3)
    found = Assessment(report("ann"), both)
    assert (found.results, 3) == (
        Assessment(report("ann"), both[::-1]).results,
        found.score,
    )


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04", b"points,comment\n1,x\n", b""],
)
def test_a_table_that_cannot_be_read_is_left_as_it_is(tmp_path, content):
    """And the run ends before anything is graded."""
    (tmp_path / review.FILE).write_bytes(content)
    with pytest.raises(ReviewError, match=r"review\.csv"):
        ResultsFolder(tmp_path, NAME)
    assert content == (tmp_path / review.FILE).read_bytes()


@pytest.mark.parametrize(
    ("ids", "written"),
    [
        (("ana", "ana\u00a0"), "ana"),
        (("ana", "Ana"), "ana"),
        (("007", "7"), "7"),
        (("\uff17", "7"), "7"),
    ],
)
def test_of_two_ids_that_could_be_confused_neither_is_taken(tmp_path, ids, written):
    """Whatever a spreadsheet made of one of them; a sentence names both."""
    graded(tmp_path, *map(report, ids))
    fill(
        tmp_path,
        [{"id": written, "exercise": "why", "what": "needs review", "points": "2"}],
    )
    found, problems = graded(tmp_path)
    assert [3, 3] == [found[id].score for id in ids]
    assert all(repr(id) in problems[2] for id in ids)


@pytest.mark.parametrize(("id", "written"), [("007", "7"), ("ana", " ANA\u00a0")])
def test_an_id_that_a_spreadsheet_changed_is_found_where_it_is_the_only_one(
    tmp_path, id, written
):
    """As it removes zeros, and makes numbers of what looks like one."""
    graded(tmp_path, report(id), report("bo"))
    fill(
        tmp_path,
        [{"id": written, "exercise": "why", "what": "needs review", "points": "2"}],
    )
    found, problems = graded(tmp_path)
    assert ({}, 5) == (problems, found[id].score)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_all_that_a_person_wrote_is_written_back_in_its_order(tmp_path, encoding):
    """Untitled columns, cells beyond the header, notes, blank and extra rows, titles in
    capitals.
    """
    graded(tmp_path, report("ann"), report("bo"))
    title = ",".join(COLUMNS).upper() + ",,,tutor"
    lines = [
        title,
        "zed,,,,,,1,,,no such student,,x,y,z,beyond",
        ",,,,,,,,,,,,,,",
        ",,,a note alone,,,,,,,,,,,",
        "bo,,why,needs review,needs review,old text,,2,,,cone,ask Kim,,,",
        "ann,,why,needs review,,,2,2,,\u597d\u5b66\u751f,cone,,,,",
        "gus,,why,needs review,,,,2,,,,,,,",
    ]
    (tmp_path / review.FILE).write_bytes("\n".join(lines).encode(encoding))
    graded(tmp_path)
    with open(tmp_path / review.FILE, encoding=encoding, newline="") as file:
        back = list(csv.reader(file))
    expected = list(csv.reader(lines[:6]))  # of gus, nobody wrote anything
    expected[4][5] = back[4][5]  # the text of today
    assert "=1+1 is no formula" in back[4][5]
    full = [[*row, *[""] * (15 - len(row))] for row in back]
    assert [[*row, *[""] * (15 - len(row))] for row in expected] == full
